-- What is done to one lease, or one assignment, by others than those who launch: an order each.
--   reclaim⇥why⇥grace⇥postponable   ask for its end      postpone⇥holder   not yet      spare⇥why   it is needed after all
--   recall                          of a borrowed one    reassign          of an assigned seat (the id is its name)
--   forget                          of what outlives a lease (the id is its name: linger:… hold:… cool:… glass:… refused:…)
--   assign⇥epoch⇥moment             a seat that was lost, and used last then (the id is its name)
--   over⇥epoch⇥why                  of a borrowed one: it had ended, and an older ledger does not know it
--   rebuilt⇥epoch                   all that the history knew of is there again (the id says nothing)
--   look                            how it stands with somebody who waits
-- Surprising: what is rebuilt is so in the epoch that lost it, once; whoever comes later changes nothing.
-- And an order to a lease that has ended, or has none of what it is about, is answered "gone" and changes nothing.
-- What stands under a name that begins so; only of these there is anything to forget.
local FORGOTTEN = { linger = "seats", cool = "cooling", glass = "times", refused = "refused" }
local function isLost(epoch) return tally.lost > 0 and epoch == state[18] end
local ORDERS = acts > 0 and {
  reclaim = function(id, record, rest)
    if not live(record) then return "gone" end
    local timer = call("HGET", LEASES, "reclaim:" .. id)
    local why, graceMs, postponable = match(rest, "^([^\t]*)\t(%d+)\t(%d)$")
    -- What was asked for idleness, and is called off by moving the mouse, gives way to an order for another reason.
    if timer and (why == "reclaimed_idle" or reclaimState(timer) ~= "reclaimed_idle") then return reclaiming(timer) end
    -- A ticket cannot be unsaid: what is borrowed is recalled, unless its computer is no more.
    if hasFlag(record, "borrowed=") and sub(rest, 1, 14) ~= "device_retired" then return "borrowed" end
    if not timer then count("reclaiming", 1) end
    timer = "\treclaiming\t" .. why .. "\t" .. dueIn(graceMs) .. "\t" .. graceMs .. "\t" .. postponable
    call("HSET", LEASES, "reclaim:" .. id, timer); call("ZADD", DUE, dueIn(graceMs), "reclaim:" .. id)
    local since, _, _, seats, draws, _, _, facts = match(record, LEASE)
    event("reclaiming", id, "0", why .. " " .. graceMs, told(since, seats, draws, facts))
    return reclaiming(timer)
  end,
  postpone = function(id, record, holder)
    if not live(record) then return "gone" end
    if not heldBy(record, holder) then return "not_holder" end
    local timer = call("HGET", LEASES, "reclaim:" .. id)
    if not timer then return "gone" end
    local why, _, graceMs, postponable = reclaimState(timer)
    if postponable == "0" then return reclaiming(timer) end
    -- A person who is there may say so as often as he likes; to an administrator once.
    postponable = why == "reclaimed_idle" and "1" or "0"
    timer = "\treclaiming\t" .. why .. "\t" .. dueIn(graceMs) .. "\t" .. format("%d", graceMs) .. "\t" .. postponable
    call("HSET", LEASES, "reclaim:" .. id, timer); call("ZADD", DUE, dueIn(graceMs), "reclaim:" .. id)
    event("postponed", id, "0", format("%d", graceMs), "")
    return reclaiming(timer)
  end,
  spare = function(id, _, why)
    local timer = call("HGET", LEASES, "reclaim:" .. id)
    if not timer or reclaimState(timer) ~= why then return "gone" end
    call("HDEL", LEASES, "reclaim:" .. id); call("ZREM", DUE, "reclaim:" .. id)
    count("reclaiming", -1)
    event("postponed", id, "0", "0", "")
    return "spared"
  end,
  recall = function(id, record)
    if not live(record) or not hasFlag(record, "borrowed=") then return "gone" end
    if not hasFlag(record, ",recalled") then
      call("HSET", LEASES, id, record .. ",recalled")
      local since, _, _, seats, draws, _, _, facts = match(record, LEASE)
      event("recalled", id, "0", "", told(since, seats, draws, facts))
    end
    return "recalled"
  end,
  reassign = function(name)
    if not call("ZSCORE", DATED, "hold:" .. name) then return "gone" end
    stopHolding(name, "reassigned")
    return "freed"
  end,
  forget = function(name, record)
    local kind, who = match(name, "^(%a+):(.*)$")
    if kind == "hold" and call("ZSCORE", DATED, name) then stopHolding(who, "forgotten"); return "forgotten" end
    if not record or live(record) or FORGOTTEN[kind] ~= kindOf(record) then return "gone" end
    if kind == "linger" then stopLingering(who, "forgotten"); return "forgotten" end
    call("HDEL", LEASES, name); call("ZREM", DUE, name); call("ZREM", DATED, name)
    if kind == "cool" then count("cooling", -1); freed = true
    elseif kind == "refused" then count("refused", -1) end
    return "forgotten"
  end,
  assign = function(name, _, rest)
    local epoch, usedMs = match(rest, "^(%d+)\t(%d+)$")
    if not isLost(epoch) or not rules.hold or usedMs + rules.hold <= nowMs then return "gone" end
    if call("ZSCORE", DATED, "hold:" .. name) or call("HEXISTS", LEASES, "seen:" .. name) == 1 then return "gone" end
    local seats = match(name, "%*(%d+)$") or "1"
    date("hold:" .. name, usedMs + rules.hold)
    count("held", seats)
    event("kept", "", "0", "hold " .. seats .. " " .. name, "")
    return "assigned"
  end,
  over = function(id, record, rest)
    local epoch, why = match(rest, "^(%d+)\t([%a_]+)$")
    if not isLost(epoch) or not live(record) or not hasFlag(record, "borrowed=") then return "gone" end
    finish(id, record, why, why)
    return "over"
  end,
  rebuilt = function(_, _, epoch)
    if not isLost(epoch) then return "gone" end
    tally.lost, tallied = 0, true
    return "rebuilt"
  end,
  look = function(id, record)
    local kind = kindOf(record)
    if kind == "waiting" or kind == "offered" then return standing(id, kind) end
    return kind == "lapsed" and "lapsed" or live(record) and "held" or "gone"
  end,
}
if acts > 0 then
  local held, answered = call("HMGET", LEASES, unpack(ARGV, actIds + 1, actIds + acts)), #answers
  for i = 1, acts do
    local order, rest = match(ARGV[actOrders + i], "^(%a+)\t?(.*)$")
    answers[answered + i] = ORDERS[order](ARGV[actIds + i], held[i], rest)
  end
  remember("expired") -- what "over" ended may have run out, and come back
end
