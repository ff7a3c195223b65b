-- What this call is asked: how much it may do, and the operations.
-- Surprising: the operations stand in columns, so that a column goes to Redis as it is.

local rememberMs, rememberMost, sweepMost, queueMost, offerMs, coolOffMs, knownEpoch, knownNumber, checkins, renews, acts,
  checkouts, explains =
  tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]),
  tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12]),
  tonumber(ARGV[13])

-- The operations stand in columns, so that a column goes to Redis as it is; it is named by the place before it.
-- Columns that are mostly empty are sent only when named.
local named, place = ARGV[14], 14
local function column(rows) place = place + rows; return place - rows end
local function optional(name, rows) return find(named, name, 1, true) and column(rows) end
local checkinIds, checkinHolders, checkinWhys = column(checkins), column(checkins), optional("checkinWhys", checkins)
local renewIds, renewHolders = column(renews), column(renews)
local actIds, actOrders = column(acts), column(acts)
local checkoutIds, checkoutRecords, checkoutVerdicts, checkoutNexts, checkoutTerms = column(checkouts), column(checkouts),
  optional("checkoutVerdicts", checkouts), optional("checkoutNexts", checkouts), optional("checkoutTerms", checkouts)
local explainIds, explainRecords, explainTerms = column(explains), column(explains), optional("explainTerms", explains)
