-- Many operations on one pool, in this order: what has run out, returns, renewals, administrators' acts, those who wait,
-- checkouts, questions; each kind in order of arrival.
-- Surprising: each kind is read in bulk, decided in Lua, written in bulk, so a kind may name a lease only once; and
-- numbers are stored as text made with %d, because Redis prints a number with 17 digits (0.4 µs each).
local call, match, find, sub, gsub, gmatch, format, concat, tonumber, min, max, floor = redis.call, string.match,
  string.find, string.sub, string.gsub, string.gmatch, string.format, table.concat, tonumber, math.min, math.max,
  math.floor

-- operations.ts states these lines too, and scripts.ts refuses to start when they differ.
local STATE, LEASES, DUE, SEATS, COUNTS, ENDED, EVENTS, DATED, LINGER, QUEUE = unpack(KEYS)
local rememberMs, rememberMost, sweepMost, queueMost, offerMs, coolOffMs, checkins, renews, acts, checkouts, explains =
  tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]),
  tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])

-- The operations stand in columns, so that a column goes to Redis as it is; it is named by the place before it.
-- Columns that are mostly empty are sent only when named.
local named, place = ARGV[12], 12
local function column(rows) place = place + rows; return place - rows end
local function optional(name, rows) return find(named, name, 1, true) and column(rows) end
local checkinIds, checkinHolders, checkinWhys = column(checkins), column(checkins), optional("checkinWhys", checkins)
local renewIds, renewHolders = column(renews), column(renews)
local actIds, actOrders = column(acts), column(acts)
local checkoutIds, checkoutRecords, checkoutVerdicts, checkoutNexts, checkoutTerms = column(checkouts), column(checkouts),
  optional("checkoutVerdicts", checkouts), optional("checkoutNexts", checkouts), optional("checkoutTerms", checkouts)
local explainIds, explainRecords, explainTerms = column(explains), column(explains), optional("explainTerms", explains)
