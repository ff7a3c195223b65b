-- Seats that came free, for those who wait: first who runs outside the count since there was no room for his lease, then
-- the queue, first in, first out among those who ask for as many seats of the same reservations.
-- Surprising: who would have no seat for a ceiling of his own is passed over and keeps his place; who shares a seat, or has
-- one assigned, waits for nobody; an offer is set aside with all its counters, before any checkout of the call is decided;
-- and while the ledger recovers nobody is served, for what is free then may be somebody's who has not spoken yet.
local function keepDue(list, id, dueText) list[#list + 1] = dueText; list[#list + 1] = id end

-- A lease outside the count takes a seat of its own, or joins its holder's.
local function takeSeat(id, record, terms, wanted)
  local since, holder, key, seats, draws, user, device, facts = match(record, LEASE)
  local inside = key ~= "" and sub(key, 9) or ""
  local flags = flagsOf(facts)
  local verdict = judge(inside, seats, match(draws, "site:%S+") .. wanted, facts, terms)
  if verdict.reason then return verdict.reason end
  local moved, before = tonumber((leaveSeat(key, seats, draws))), seats
  if verdict.shared then
    local sharers, drawn = match(verdict.shared, "^(%d+) (.*)$")
    seatOf[verdict.place] = format("%d ", sharers + 1) .. drawn
    seats, draws = match(drawn, "^(%d+) (.*)$")
  else
    openFound(verdict, seats, facts)
    draws, moved = verdict.draws, moved + seats
  end
  -- It is excess no more, and shares a seat or not as it does now; what else it was granted with stays.
  local words = { verdict.shared and "shared" }
  for word in gmatch(flags, "[^,]+") do if word ~= "excess" and word ~= "shared" then words[#words + 1] = word end end
  words[#words + 1] = verdict.flag
  if find(flags, "borrowed=", 1, true) then count("borrowed", seats - before); count("lentOutside", -before) end
  local now = match(facts, "^(.*\t)") .. concat(words, ",")
  call("HSET", LEASES, id, concat({ since, holder, verdict.place, seats, draws, user, device, now }, "\t"))
  call("HDEL", LEASES, "excess:" .. id); call("ZREM", QUEUE, id); count("excess", -1)
  event("seated", id, format("%d", moved), "", told(since, seats, draws, now))
end

local function offer(id, record, terms)
  local request = asked(record)
  local _, key, seats, draws, _, _, facts = match(request, REQUEST)
  local verdict = judge(key, seats, draws, facts, terms)
  if verdict.reason then return verdict.reason end
  local aside, drawn = "0", ""
  if verdict.draws then
    aside, drawn = verdict.own and "0" or seats, verdict.own and "" or verdict.draws
    setAside(drawn, aside); count("offered", aside)
  end
  call("HSET", LEASES, id, "\toffered\t" .. aside .. "\t" .. drawn .. "\t" .. terms .. "\t" .. request)
  call("ZADD", DUE, dueIn(offerMs), id)
  call("ZREM", QUEUE, id); count("waiting", -1)
  event("offered", id, "0", format("%d", offerMs), told(atText, seats, drawn, facts))
end

local offers = 0
if tally.stirred > 0 then count("stirred", -1) end
local serves = freed and tally.waiting + tally.excess > 0 and tally.recovering == 0
freed = false -- what this frees is served in the next call
if serves then
  local ids = call("ZRANGE", QUEUE, 0, queueMost - 1)
  local records, blocked = call("HMGET", LEASES, unpack(ids)), {}
  for i = 1, #ids do
    local isLive = live(records[i])
    local request, terms, wanted = records[i], "", ""
    if isLive then terms, wanted = match(call("HGET", LEASES, "excess:" .. ids[i]), WANTS)
    else request, terms = asked(records[i]) end
    local key, seats = match(request, isLive and "^[^\t]*\t[^\t]*\t([^\t]*)\t([^\t]*)" or "^[^\t]*\t([^\t]*)\t([^\t]*)")
    local class = seats
    for group in gmatch(terms, " from=(%S+)") do class = class .. " " .. group end
    if not blocked[class] or rules.hold or tally.rebuilt > 0 or seatToJoin(isLive and sub(key, 9) or key) then
      local reason = (isLive and takeSeat or offer)(ids[i], records[i], terms, wanted)
      if reason == "no_seats" or reason == "only_reserved_seats" then blocked[class] = true end
      if not reason and not isLive then offers = offers + 1 end
      if not reason and #ids == queueMost then freed = true end -- others are among the first now
    end
  end
end
