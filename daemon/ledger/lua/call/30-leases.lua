-- What a lease is, and how it ends.
-- Surprising: what ended stays in its place, as a tab and the reason, so that its id takes no second seat.

local function toldOf(request)
  local _, _, seats, draws, _, _, facts = match(request, REQUEST)
  return told(atText, seats, gsub(draws, "<%S+", ""), facts)
end

local seatOf = {} -- seat key -> "leases seats draws", or false; read when first needed, written last
local function seat(key)
  if seatOf[key] == nil then seatOf[key] = call("HGET", SEATS, key) end
  return seatOf[key]
end
-- Where so many share a seat at most, a holder's seats are numbered, and a list says which there are.
local function seatToJoin(key)
  if key == "" then return nil, "" end
  if not rules.sharedBy then return seat(key), key end
  local numbers, free = seat("\30" .. key) or "", 1
  for number in gmatch(numbers, "%d+") do
    local numbered = key .. "\30" .. number
    if tonumber(match(seat(numbered), "^%d+")) < rules.sharedBy then return seat(numbered), numbered end
    if tonumber(number) == free then free = free + 1 end
  end
  return nil, key .. "\30" .. format("%d", free)
end
local function openSeat(key, seats, draws)
  if key == "" then return end
  seatOf[key] = "1 " .. seats .. " " .. draws
  freed = true -- for those who wait and may share it
  local whole, number = match(key, "^(.*)\30(%d+)$")
  if not whole then return end
  local numbers = { tonumber(number) }
  for other in gmatch(seat("\30" .. whole) or "", "%d+") do numbers[#numbers + 1] = tonumber(other) end
  table.sort(numbers)
  for i = 1, #numbers do numbers[i] = format("%d", numbers[i]) end
  seatOf["\30" .. whole] = concat(numbers, " ")
end
local function closeSeat(key)
  seatOf[key] = false
  local whole, number = match(key, "^(.*)\30(%d+)$")
  if not whole then return end
  local left = {}
  for other in gmatch(seat("\30" .. whole) or "", "%d+") do if other ~= number then left[#left + 1] = other end end
  seatOf["\30" .. whole] = #left > 0 and concat(left, " ")
end
-- One who shares a seat leaves it; the last one gives it back. Answers how many seats that moved.
local function leaveSeat(key, seats, draws)
  if key ~= "" then
    local sharers, drawn = match(seat(key), "^(%d+) (.*)$")
    freed = true -- there may be room for one more to share it
    if sharers ~= "1" then seatOf[key] = format("%d ", sharers - 1) .. drawn; return "0" end
    closeSeat(key)
  end
  draw(draws, "-" .. seats)
  return "-" .. seats
end

-- Forget ended ids when that is long ago, or there are many. One that expired may have come back,
-- and given back since, which is remembered for as long from then on.
local remembered = tonumber(state[16] or 0)
for _ = 1, 3 do -- a call adds at most two entries to the list, so it takes off at most three
  local head = remembered > 0 and call("LINDEX", ENDED, 0)
  if not head then break end
  local endedAt, kind, ids = match(head, "^(%d+) (%a+)\n(.*)$")
  if vnow - endedAt < rememberMs and remembered <= rememberMost then break end
  local list, n = {}, 0
  for id in gmatch(ids, "[^\n]+") do n = n + 1; list[n] = id end
  call("LPOP", ENDED)
  remembered = remembered - n
  if kind == "expired" then
    local RAN_OUT = { expired = true, lapsed = true, borrow_due = true, reclaimed_idle = true, reclaimed_by_admin = true,
      device_retired = true, seen = true }
    local values, still = call("HMGET", LEASES, unpack(list)), {}
    for i = 1, n do if values[i] and RAN_OUT[kindOf(values[i])] then still[#still + 1] = list[i] end end
    list = still
  end
  each("HDEL", LEASES, list, #list)
end

-- A lease or a wait ends: the rest is written by `remember` for all that ended.
local endedIds, tombstones = {}, {}
local function bury(id, why)
  local n = #endedIds
  endedIds[n + 1] = id
  tombstones[2 * n + 1] = id; tombstones[2 * n + 2] = "\t" .. why
end
local function remember(kind)
  local n = #endedIds
  if n == 0 then return end
  each("HSET", LEASES, tombstones, 2 * n); each("ZREM", DUE, endedIds, n)
  call("RPUSH", ENDED, format("%d ", vnow) .. kind .. "\n" .. concat(endedIds, "\n"))
  remembered = remembered + n
  endedIds, tombstones = {}, {}
end

-- While seats are to be rebuilt: whose assigned seat was taken or freed has none that the history could still tell of.
local function sighted(name)
  if tally.lost > 0 then bury("seen:" .. name, "seen") end
end

-- Something that ends by the wall's clock.
local function date(name, dueMs)
  call("ZADD", DATED, format("%d", dueMs), name)
  if tally.dated == 0 or dueMs < tally.dated then tally.dated = dueMs; tallied = true end
end

-- The seat of a lease that ended stays its holder's: assigned until it was not used for long, or lingering until somebody
-- else needs it. Neither is in use, and both are told of.
local BY_PERSON = { checked_in = true, program_exited = true, program_crashed = true }
local function keepFor(id, seats, facts, why)
  local who, user, device, userBefore, deviceBefore = people(facts)
  if rules.hold and why ~= "device_retired" then
    -- Assigned once: who had a second one keeps the first for longer, under the name of last year if it has that.
    local weight = seats == "1" and "" or "*" .. seats
    local name, before = (rules.holdBy == 1 and user or device) .. weight, (rules.holdBy == 1 and userBefore or deviceBefore) .. weight
    local known = call("ZSCORE", DATED, "hold:" .. name) and name or call("ZSCORE", DATED, "hold:" .. before) and before
    date("hold:" .. (known or name), nowMs + rules.hold)
    if known then return end
    count("held", seats)
    event("kept", id, "0", "hold " .. seats .. " " .. name, "")
  elseif rules.linger and BY_PERSON[why] then
    local before = match(call("HGET", LEASES, "linger:" .. who) or "", "%d+$") or 0
    call("HSET", LEASES, "linger:" .. who, format("\tseats\t%d", before + seats))
    call("ZADD", LINGER, dueIn(rules.linger), who)
    count("lingering", seats)
    event("kept", id, "0", "linger " .. seats .. " " .. who, "")
  end
end
-- Of a holder's lingering seats so many at most are nobody's any more.
local function stopLingering(who, why, most)
  local before = tonumber(match(call("HGET", LEASES, "linger:" .. who) or "", "%d+$") or 0)
  if before == 0 then return end
  local seats = min(before, most or before)
  if seats < before then call("HSET", LEASES, "linger:" .. who, format("\tseats\t%d", before - seats))
  else call("HDEL", LEASES, "linger:" .. who); call("ZREM", LINGER, who) end
  count("lingering", -seats)
  event("freed", "", "0", format("linger %d ", seats) .. who .. " " .. why, "")
end
local function stopHolding(name, why)
  local seats = match(name, "%*(%d+)$") or "1"
  call("ZREM", DATED, "hold:" .. name)
  count("held", -seats)
  freed = true
  sighted(name)
  event("freed", "", "0", "hold " .. seats .. " " .. name .. " " .. why, "")
end

-- Seats taken along. Those outside the count are no part of what decides whether more may be.
local function countBorrowed(draws, seats)
  count("borrowed", seats)
  if sub(draws, 1, 7) == "outside" then count("lentOutside", seats) end
end

-- End one lease: its seats go back at once. `ranOut` counts those that nobody gave back, by why.
local ranOut = {}
local function finish(id, record, why, word)
  local since, _, key, seats, draws, _, _, facts = match(record, LEASE)
  local moved = leaveSeat(key, seats, draws)
  local flags = flagsOf(facts)
  bury(id, why == "expired" and find(flags, "observed", 1, true) and "expired\tobserved" or why)
  event("ended", id, moved, word, told(since, seats, draws, facts))
  if flags ~= "" then
    if find(flags, "borrowed=", 1, true) then call("ZREM", DATED, id); countBorrowed(draws, -seats); freed = true end
    if find(flags, "rebuilt", 1, true) then count("rebuilt", -1) end
    if find(flags, "excess", 1, true) and call("ZREM", QUEUE, id) == 1 then
      call("HDEL", LEASES, "excess:" .. id); count("excess", -1)
    end
  end
  if (rules.hold or rules.linger) and moved ~= "0" and sub(draws, 1, 7) ~= "outside" then keepFor(id, seats, facts, why) end
end
-- Somebody waits no longer; a seat that was set aside for him is free, or the next in the queue is looked at.
local function stopWaiting(id, record)
  freed = true
  if call("ZREM", QUEUE, id) == 1 then count("waiting", -1) return end
  local seats, draws = match(record, OFFERED)
  setAside(draws, "-" .. seats); count("offered", -seats)
end
