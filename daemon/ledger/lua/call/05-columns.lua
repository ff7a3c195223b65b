-- What this call is asked: how much it may do, and the operations.
-- Surprising: the operations stand in columns, so that a column goes to Redis as it is.

local rememberMs, rememberMost, sweepMost, queueMost, offerMs, coolOffMs, foldMs, attemptMs, foldMost, journalMs, journalMost,
  knownEpoch, knownNumber, checkins, journals, renews, acts, checkouts, explains =
  tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]),
  tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11]), tonumber(ARGV[12]),
  tonumber(ARGV[13]), tonumber(ARGV[14]), tonumber(ARGV[15]), tonumber(ARGV[16]), tonumber(ARGV[17]), tonumber(ARGV[18]),
  tonumber(ARGV[19])

-- The operations stand in columns, so that a column goes to Redis as it is; it is named by the place before it.
-- Columns that are mostly empty are sent only when named.
local named, place = ARGV[20], 20
local function column(rows) place = place + rows; return place - rows end
local function optional(name, rows) return find(named, name, 1, true) and column(rows) end
local checkinIds, checkinHolders, checkinWhys = column(checkins), column(checkins), optional("checkinWhys", checkins)
local journalIds, journalRecords = column(journals), column(journals)
local renewIds, renewHolders = column(renews), column(renews)
local actIds, actOrders = column(acts), column(acts)
local checkoutIds, checkoutRecords, checkoutVerdicts, checkoutNexts, checkoutTerms = column(checkouts), column(checkouts),
  optional("checkoutVerdicts", checkouts), optional("checkoutNexts", checkouts), optional("checkoutTerms", checkouts)
local explainIds, explainRecords, explainTerms = column(explains), column(explains), optional("explainTerms", explains)
