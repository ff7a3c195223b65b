-- Let time pass: virtual time for leases, wall time for moments, peaks and dated steps.
-- Surprising: virtual time passes only while somebody calls, at most two seconds a call, never backwards, so that no
-- jump of the clock and no outage takes a live lease; the integrals run over it, so a time without a daemon is a gap.
local state = call("HMGET", STATE, "revision", "wlast", "vnow", "atMs", "used", "seatMs", "capacity", "stepFromMs", "stepUntilMs",
  "emptyReason", "ttlMs", "limits", "minutePeak", "dayPeak", "dayEndsMs", "remembered", "changes", "epoch",
  "noteMs", "rules", "tally", "reserved", "termMs")
if not state[1] or not state[20] then return { "unadopted" } end -- a pool without a policy decides nothing
local time = redis.call("TIME")
local nowMs = time[1] * 1000 + floor(time[2] / 1000)
local passedMs = nowMs - tonumber(state[2] or nowMs)
local stepMs = max(0, min(passedMs, 2000))
local vnow = tonumber(state[3] or 0) + stepMs
local atLastMs, used, capacity, ttlMs = tonumber(state[4] or nowMs), tonumber(state[5] or 0), tonumber(state[7] or 0), tonumber(state[11])
local atMs = max(nowMs, atLastMs)
local usedBefore, changesBefore, atText = used, state[17] or "0", format("%d", atMs)
local changed = { "wlast", format("%d", nowMs), "vnow", format("%d", vnow), "atMs", atText }
local function keep(field, value) local n = #changed; changed[n + 1] = field; changed[n + 2] = value end
local function keepNumber(field, value) keep(field, format("%d", value)) end

-- An event is five lines: kind, lease, seats moved, word, record. The reader adds up the level from `used`.
local events, eventLines = {}, 0
local function event(kind, leaseId, moved, word, record)
  local n = eventLines
  events[n + 1] = kind; events[n + 2] = leaseId; events[n + 3] = moved; events[n + 4] = word; events[n + 5] = record
  eventLines = n + 5
end

-- The rules that most pools have none of (domain/policy.ts), and the counts that most pools have nothing to count with:
-- each in one field, so that a plain pool pays for two.
local rules = {}
for name, value in gmatch(state[20] or "", "(%a+)=(%d+)") do rules[name] = tonumber(value) end
local tally, tallied = { outside = 0, idle = 0, offered = 0, held = 0, lingering = 0, waiting = 0, excess = 0, cooling = 0,
  reclaiming = 0, refused = 0, borrowed = 0, lentOutside = 0, dated = 0, tickets = 0, stirred = 0, overdraftTerm = 0,
  overdraftSince = 0, recovering = 0, lost = 0, rebuilt = 0 }, false
for name, value in gmatch(state[21] or "", "(%a+)=(%d+)") do tally[name] = tonumber(value) end
local function count(name, by) tally[name] = tally[name] + by; tallied = true end
local reserved, termMs = state[22] or "", tonumber(state[23] or 0)

-- The count that decides: without what runs outside it, with what is set aside for those who were offered a seat, and
-- for those to whom one is assigned.
local function level() return used - tally.outside + tally.offered + (rules.hold and tally.held or 0) end
-- Seats above the capacity that may be granted, for so long after their first use in an entitlement's term.
local function overdraft()
  if not rules.overdraft then return 0 end
  local isOver = rules.overdraftMs and tally.overdraftSince > 0 and tally.overdraftTerm == termMs
    and nowMs >= tally.overdraftSince + rules.overdraftMs
  return isOver and 0 or rules.overdraft
end
local function unlimited() return rules.site and capacity > 0 end

if used > 0 then
  if stepMs > 0 then
    keepNumber("seatMs", (state[6] or 0) + used * stepMs)
    if used > capacity and not unlimited() then call("HINCRBY", STATE, "overMs", stepMs) end
  end
  if passedMs ~= stepMs then event("gap", "", "0", format("%d", passedMs - stepMs), "") end -- nothing held, nothing missed
end
local taken = level()
-- Full: nobody without a reservation could have had a seat. A pool where nothing is taken has no clock.
if stepMs > 0 and taken > 0 and not unlimited() and taken + tally.idle >= capacity + overdraft() then
  call("HINCRBY", STATE, "fullMs", stepMs)
end

-- Capacity is the dated step in force by this clock, so daemons need not agree on the time. The steps are read only when
-- the one that was in force is over (or the clock was set back, or a new policy came).
local emptyReason, freed = state[10], tally.stirred > 0 -- freed: somebody who waits may have a seat now
if nowMs < tonumber(state[8]) or nowMs >= tonumber(state[9]) then
  local fromMs, untilMs, seats, groups = 0, 9e15, 0, ""
  for from, size, reason, term, reservations in gmatch(call("HGET", STATE, "steps"), "(%d+)=(%d+)=([%a_]+)=(%d+)=(%S*)") do
    if tonumber(from) > nowMs then untilMs = tonumber(from); break end
    fromMs, seats, emptyReason, termMs, groups = tonumber(from), tonumber(size), reason, tonumber(term), reservations
  end
  keepNumber("stepFromMs", fromMs); keepNumber("stepUntilMs", untilMs); keep("emptyReason", emptyReason)
  keepNumber("termMs", termMs)
  freed = true
  if seats ~= capacity or groups ~= reserved or not state[7] then
    capacity, reserved = seats, groups
    keepNumber("capacity", seats); keep("reserved", reserved)
    event("capacity", "", "0", format("%d", seats) .. (reserved == "" and "" or " " .. reserved), "")
  end
end

-- A peak includes the level carried in. Of the minutes the last five are kept; a day is one of the register's zone.
local minutePeak, dayPeak = tonumber(state[13] or 0), tonumber(state[14] or 0)
local minutes = floor(atMs / 60000) - floor(atLastMs / 60000)
if minutes > 0 then
  local carried = string.rep(format("%d ", used), min(minutes - 1, 5))
  local peaks = carried .. format("%d ", minutePeak) .. (call("HGET", STATE, "minutePeaks") or "")
  keep("minutePeaks", match(peaks, "^%d+ ?%d* ?%d* ?%d* ?%d*"))
  minutePeak = used; state[13] = nil
end
if atMs >= tonumber(state[15] or 0) then
  local offsets = call("HGET", STATE, "offsets")
  local function offsetAt(moment)
    local offset = 0
    for from, ms in gmatch(offsets, "(%d+)=(%-?%d+)") do if tonumber(from) <= moment then offset = tonumber(ms) end end
    return offset
  end
  local midnight = (floor((atMs + offsetAt(atMs)) / 86400000) + 1) * 86400000 -- local, on which the clock may have changed
  keepNumber("dayEndsMs", midnight - offsetAt(midnight - offsetAt(atMs)))
  dayPeak = used; state[14] = nil
end
local function dueIn(ms) return format("%d", vnow + ms) end
local dueText, noteDueText = dueIn(ttlMs), dueIn(state[19])
