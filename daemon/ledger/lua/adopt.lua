-- Give a pool the policy of a register's revision, unless it has a later one.
-- Surprising: the capacity in force is not set here but by the next call, which first counts the time until now by the
-- old one; and a pool that is new begins an epoch, which with the event numbers names every event for ever.
local STATE = KEYS[1]
local revision, ttlMs, noteMs, steps, ceilings, offsets = unpack(ARGV)
local known = redis.call("HGET", STATE, "revision")
if known and tonumber(known) >= tonumber(revision) then return 0 end
if not known then
  local time = redis.call("TIME")
  redis.call("HSET", STATE, "epoch", string.format("%d%06d", time[1], time[2]))
end
redis.call("HSET", STATE, "revision", revision, "ttlMs", ttlMs, "noteMs", noteMs, "steps", steps, "ceilings", ceilings, "offsets", offsets,
  "stepFromMs", "0", "stepUntilMs", "0")
return 1
