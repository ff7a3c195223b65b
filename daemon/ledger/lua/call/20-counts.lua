-- Counters by name (site:depot), read when first needed, written last.
-- Surprising: a counter belongs to the seat: the lease that opens the seat draws on it, the one that closes it returns it.
local counts = {}
local function count(name)
  local n = counts[name]
  if not n then n = tonumber(call("HGET", COUNTS, name) or 0); counts[name] = n end
  return n
end
local function draw(draws, seats)
  local n = counts[draws] -- most leases draw on one counter, and it is known already
  if n then counts[draws] = n + seats
  else for name in gmatch(draws, "%S+") do counts[name] = count(name) + seats end end
  used = used + seats
  if used > minutePeak then minutePeak = used end
  if used > dayPeak then dayPeak = used end
end
