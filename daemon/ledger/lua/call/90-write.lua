-- Write what the operations share: counters, seats, the pool's state, and one record of all events.
-- Surprising: a field that holds nothing is deleted, so that a pool at rest holds no one's name; and a lingering seat goes
-- to whoever needs it, the one first that would go first by itself.
remember("ended") -- whose assigned seats were seen
for _ = 1, sweepMost do -- what is left yields in the next calls; it is not in the count that decides
  if tally.lingering == 0 or level() + tally.lingering <= capacity or unlimited() then break end
  stopLingering(call("ZRANGE", LINGER, 0, 0)[1], "yielded", level() + tally.lingering - capacity)
end
if freed and tally.waiting + tally.excess > 0 then count("stirred", 1) end -- after the queue was served: in the next call
if reserved ~= "" or tally.idle > 0 then
  local _, idle = idleReservations()
  if idle ~= tally.idle then tally.idle, tallied = idle, true end
end

local function writeMap(key, map, none)
  local set, del = {}, {}
  for field, value in pairs(map) do
    if value == none then del[#del + 1] = field
    else set[#set + 1] = field; set[#set + 1] = value end
  end
  each("HSET", key, set, #set); each("HDEL", key, del, #del)
end
writeRefusals()
for name, n in pairs(counts) do counts[name] = format("%d", n) end
writeMap(COUNTS, counts, "0"); writeMap(SEATS, seatOf, false)
if used ~= usedBefore or not state[5] then keepNumber("used", used) end
if tonumber(state[13]) ~= minutePeak then keepNumber("minutePeak", minutePeak) end
if tonumber(state[14]) ~= dayPeak then keepNumber("dayPeak", dayPeak) end
if tonumber(state[16]) ~= remembered then keepNumber("remembered", remembered) end
if tallied then
  local parts = {}
  for name, n in pairs(tally) do if n ~= 0 then parts[#parts + 1] = name .. format("=%d", n) end end
  table.sort(parts)
  keep("tally", concat(parts, " "))
end
local changes = changesBefore + eventLines / 5
if eventLines > 0 then
  keepNumber("changes", changes)
  call("XADD", EVENTS, "*", "head", state[18] .. format(" %d %d %d %d", changesBefore + 1, atMs, vnow, usedBefore),
    "events", concat(events, "\n"))
end
call("HSET", STATE, unpack(changed))
local ended = {}
for why, n in pairs(ranOut) do ended[#ended + 1] = why .. format("=%d", n) end
return { "done", atText, format("%d %d ", used, offers) .. concat(ended, " "), concat(answers, "\n"),
  state[18] .. format(" %d %d %d ", changes, max(0, tally.recovering - vnow), tally.lost) .. state[1] }
