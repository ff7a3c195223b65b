-- Write what the operations share: counters, seats, the pool's state, and one record of all events.
-- Surprising: a field that holds nothing is deleted, so that a pool at rest holds no one's name.
local function writeMap(key, map, none)
  local set, del = {}, {}
  for field, value in pairs(map) do
    if value == none then del[#del + 1] = field
    else set[#set + 1] = field; set[#set + 1] = value end
  end
  each("HSET", key, set, #set); each("HDEL", key, del, #del)
end
for name, n in pairs(counts) do counts[name] = format("%d", n) end
writeMap(COUNTS, counts, "0"); writeMap(SEATS, seatOf, false)
if used ~= usedBefore or not state[5] then keepNumber("used", used) end
if tonumber(state[13]) ~= minutePeak then keepNumber("minutePeak", minutePeak) end
if tonumber(state[14]) ~= dayPeak then keepNumber("dayPeak", dayPeak) end
if tonumber(state[16]) ~= remembered then keepNumber("remembered", remembered) end
if eventLines > 0 then
  keepNumber("changes", changesBefore + eventLines / 5)
  call("XADD", EVENTS, "*", "head", state[18] .. format(" %d %d %d %d", changesBefore + 1, atMs, vnow, usedBefore),
    "events", concat(events, "\n"))
end
call("HSET", STATE, unpack(changed))
return { "done", atText, format("%d %d %d", used, expired, moreDue and 1 or 0), concat(answers, "\n") }
