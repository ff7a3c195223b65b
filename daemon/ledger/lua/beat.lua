-- Say that a daemon counts; a time before it in which none did is kept as a gap, until that is written down.
-- Surprising: it is by the wall's clock, and of the ledger, not of a pool: a pool at rest is called by nobody, so where all
-- rest nothing else tells a quiet night from one without a daemon.
local BEATS = KEYS[1]
local leastMs, mostGaps = unpack(ARGV)
local time = redis.call("TIME")
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
local now, last = string.format("%d", nowMs), redis.call("HGET", BEATS, "last")
if last and nowMs - last >= tonumber(leastMs) and redis.call("HLEN", BEATS) <= tonumber(mostGaps) then
  redis.call("HSET", BEATS, last, now)
end
redis.call("HSET", BEATS, "last", now)
return "counted"
