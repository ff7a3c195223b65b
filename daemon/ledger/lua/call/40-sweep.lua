-- End what was not renewed in time, before anything is decided, so that no denial is for a seat that is free.
-- Surprising: at most so many a call, because a script that has written cannot be stopped. While more are due nothing is
-- denied; the answer is "again".
local overdue, expired = call("ZRANGE", DUE, "-inf", vnow, "BYSCORE", "LIMIT", 0, sweepMost, "WITHSCORES"), 0
if #overdue > 0 then
  local ids, notes = {}, {}
  for i = 1, #overdue, 2 do ids[#ids + 1] = overdue[i] end
  local records = call("HMGET", LEASES, unpack(ids))
  for i = 1, #ids do
    if live(records[i]) then
      -- For usage a lease ends at its last heartbeat: the event tells how long ago that was.
      finish(ids[i], records[i], "expired", format("expired %d", vnow - overdue[2 * i] + ttlMs))
      expired = expired + 1
    else notes[#notes + 1] = ids[i] end
  end
  each("HDEL", LEASES, notes, #notes); each("ZREM", DUE, notes, #notes)
  remember("expired")
end
local moreDue = #overdue == 2 * sweepMost
local answers = {}
