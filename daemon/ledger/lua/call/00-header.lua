-- Many operations on one pool, in this order: what has run out, returns, journals, renewals, administrators' acts, those who wait,
-- checkouts, questions; each kind in order of arrival.
-- Surprising: each kind is read in bulk, decided in Lua, written in bulk, so a kind may name a lease only once; and
-- numbers are stored as text made with %d, because Redis prints a number with 17 digits (0.4 µs each).
local call, match, find, sub, gsub, gmatch, format, concat, tonumber, min, max, floor = redis.call, string.match,
  string.find, string.sub, string.gsub, string.gmatch, string.format, table.concat, tonumber, math.min, math.max,
  math.floor

-- operations.ts states these lines too, and scripts.ts refuses to start when they differ.
local STATE, LEASES, DUE, SEATS, COUNTS, ENDED, EVENTS, DATED, LINGER, QUEUE, JOURNAL = unpack(KEYS)
