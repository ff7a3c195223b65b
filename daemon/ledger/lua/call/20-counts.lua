-- Counters by name (site:depot, user:…, group:cad, reserved:planning), read when first needed, written last.
-- Surprising: a counter belongs to the seat: the lease that opens the seat draws on it, the one that closes it returns it.
-- What runs outside the count that decides draws on counters of its own (outside:site:depot), and of a reservation a seat
-- may draw a part (reserved:planning=2).
local counts = {}
local function counter(name)
  local n = counts[name]
  if not n then n = tonumber(call("HGET", COUNTS, name) or 0); counts[name] = n end
  return n
end
local function setAside(draws, seats)
  local n = counts[draws] -- most leases draw on one counter, and it is known already
  if n then counts[draws] = n + seats; return end
  local before = ""
  for name in gmatch(draws, "%S+") do
    local group, part = match(name, "^(reserved:[^=]+)=(%d+)$")
    if name == "outside" then before = "outside:"; count("outside", seats)
    elseif group then counts[group] = counter(group) + (tonumber(seats) < 0 and -part or part)
    else counts[before .. name] = counter(before .. name) + seats end
  end
end
local function draw(draws, seats)
  setAside(draws, seats)
  used = used + seats
  if tonumber(seats) < 0 then freed = true end
  if used > minutePeak then minutePeak = used end
  if used > dayPeak then dayPeak = used end
end

-- Of the reservations in force, for each the group and how many of its seats nobody uses.
local function idleReservations()
  local groups, idle = {}, 0
  for group, seats in gmatch(reserved, "([^:,]+):(%d+)") do
    local room = max(0, seats - counter("reserved:" .. group))
    groups[#groups + 1] = { group = group, room = room }
    idle = idle + room
  end
  return groups, idle
end
