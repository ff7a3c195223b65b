-- End what has run out, before anything is decided, so that no denial is for a seat that is free.
-- Surprising: at most so many a call, because a script that has written cannot be stopped. While more are due nothing is
-- denied; the answer is "again".
local overdue = call("ZRANGE", DUE, "-inf", vnow, "BYSCORE", "LIMIT", 0, sweepMost, "WITHSCORES")
local moreDue = #overdue == 2 * sweepMost
if #overdue > 0 then
  local ids, over, ending, cooled = {}, {}, {}, {}
  for i = 1, #overdue, 2 do ids[#ids + 1] = overdue[i] end
  local records = call("HMGET", LEASES, unpack(ids))
  for i = 1, #ids do
    local id, record, kind = ids[i], records[i], kindOf(records[i])
    if live(record) then
      -- For usage a lease ends at its last heartbeat: the event tells how long ago that was.
      if not ending[id] then
        finish(id, record, "expired", format("expired %d", vnow - overdue[2 * i] + ttlMs))
        ranOut.expired = (ranOut.expired or 0) + 1
      end
      ending[id] = true
    elseif kind == "waiting" then
      stopWaiting(id, record)
      event("abandoned", id, "0", tonumber((match(record, WAITING))) <= vnow and "waited" or "expired",
        toldOf((asked(record))))
      over[#over + 1] = id
    elseif kind == "offered" then
      stopWaiting(id, record)
      event("lapsed", id, "0", "", toldOf((asked(record))))
      bury(id, "lapsed")
    elseif kind == "reclaiming" then
      local leaseId, why = sub(id, 9), match(record, "^\treclaiming\t([^\t]*)")
      local lease = not ending[leaseId] and call("HGET", LEASES, leaseId)
      count("reclaiming", -1)
      over[#over + 1] = id
      if live(lease) then
        finish(leaseId, lease, why, why)
        ranOut[why] = (ranOut[why] or 0) + 1
        ending[leaseId] = true
        -- Whoever waits comes first for a while.
        cooled[#cooled + 1] = "cool:" .. people((select(8, match(lease, LEASE))))
      end
    else
      if kind == "cooling" then count("cooling", -1); freed = true
      elseif kind == "refused" then count("refused", -1) end
      over[#over + 1] = id
    end
  end
  each("HDEL", LEASES, over, #over); each("ZREM", DUE, over, #over)
  for i = 1, #cooled do -- after a cool-off of the same holder that was over in this sweep
    if call("HSET", LEASES, cooled[i], "\tcooling") == 1 then count("cooling", 1) end
    call("ZADD", DUE, dueIn(coolOffMs), cooled[i])
  end
  remember("expired")
end

if tally.lingering > 0 then
  local over = call("ZRANGE", LINGER, "-inf", vnow, "BYSCORE", "LIMIT", 0, sweepMost)
  for i = 1, #over do stopLingering(over[i], "over") end
end

-- By the wall's clock: borrowed leases, assignments, how often somebody broke the glass.
if tally.dated > 0 and nowMs >= tally.dated then
  local over = call("ZRANGE", DATED, "-inf", nowMs, "BYSCORE", "LIMIT", 0, sweepMost)
  for i = 1, #over do
    local name = over[i]
    if sub(name, 1, 5) == "hold:" then stopHolding(sub(name, 6), "unused")
    elseif sub(name, 1, 6) == "glass:" then call("HDEL", LEASES, name); call("ZREM", DATED, name)
    else
      finish(name, call("HGET", LEASES, name), "borrow_due", "borrow_due")
      ranOut.borrow_due = (ranOut.borrow_due or 0) + 1
    end
  end
  remember("expired")
  moreDue = moreDue or #over == sweepMost
  tally.dated = tonumber(call("ZRANGE", DATED, 0, 0, "WITHSCORES")[2] or 0); tallied = true
end
-- Seats of a pool that assigns none any more are nobody's; they count no more from the first call on. They are dated
-- further ahead than most else.
if tally.held > 0 and not rules.hold then
  local names = call("ZRANGE", DATED, 0, sweepMost - 1, "REV")
  for i = 1, #names do if sub(names[i], 1, 5) == "hold:" then stopHolding(sub(names[i], 6), "unassigned") end end
end
local answers = {}
