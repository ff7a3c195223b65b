-- Many operations on one pool, in this order: what expired, returns, renewals, checkouts; each kind in order of arrival.
-- Surprising: each kind is read in bulk, decided in Lua, written in bulk, so a kind may name a lease only once; and
-- numbers are stored as text made with %d, because Redis prints a number with 17 digits (0.4 µs each).
local call, match, find, sub, gmatch, format, concat, tonumber, min, max, floor = redis.call, string.match, string.find,
  string.sub, string.gmatch, string.format, table.concat, tonumber, math.min, math.max, math.floor

-- operations.ts states these lines too, and scripts.ts refuses to start when they differ.
local STATE, LEASES, DUE, SEATS, COUNTS, ENDED, EVENTS = unpack(KEYS)
local rememberMs, rememberMost, sweepMost, checkins, renews, checkouts =
  tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])

-- The operations stand in columns, so that a column goes to Redis as it is; it is named by the place before it.
-- Columns that are mostly empty are sent only when named.
local named, place = ARGV[7], 7
local function column(rows) place = place + rows; return place - rows end
local function optional(name, rows) return find(named, name, 1, true) and column(rows) end
local checkinIds, checkinHolders, checkinWhys = column(checkins), column(checkins), optional("checkinWhys", checkins)
local renewIds, renewHolders = column(renews), column(renews)
local checkoutIds, checkoutRecords, checkoutVerdicts, checkoutNexts =
  column(checkouts), column(checkouts), optional("checkoutVerdicts", checkouts), optional("checkoutNexts", checkouts)
