-- Notice what a ledger lost that came back empty, or older than a daemon or the history knows it.
-- Surprising: it begins a new epoch, for events that happen now would bear the numbers of those that are lost; and for one
-- ttl nothing fresh is granted, while shims say what runs. A daemon that has not heard of an epoch takes nothing for lost
-- where whoever began it knew of the one before. What is borrowed or assigned says nothing of itself: `lost` stays until
-- somebody has rebuilt that from the history, by checkouts (70-checkout.lua) and orders (62-act.lua).
do
  local epoch = tonumber(state[18])
  local isOlder = knownEpoch > epoch or knownEpoch == epoch and knownNumber > tonumber(changesBefore)
  local isUntold = knownEpoch > 0 and knownEpoch < epoch and tonumber(call("HGET", STATE, "lostEpoch") or 0) < knownEpoch
  if isOlder then
    state[18], changesBefore = format("%d", max(time[1] * 1000000 + time[2], knownEpoch + 1)), "0"
    keep("epoch", state[18])
  end
  if isOlder or isUntold then
    keepNumber("lostEpoch", knownEpoch)
    tally.recovering, tally.lost, tallied = vnow + ttlMs, 1, true
    event("recovering", "", "0", format("%d", ttlMs), "")
  elseif tally.recovering > 0 and vnow >= tally.recovering then
    tally.recovering, tallied, freed = 0, true, true
  end
end
