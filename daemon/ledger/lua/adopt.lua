-- Give a pool the policy of a register's revision, unless it has a later one.
-- Surprising: the capacity in force is not set here but by the next call, which first counts the time until now by the
-- old one; a policy of an earlier version of seatmeter, which knew no rules, is replaced; and a pool that is new begins an epoch, which with the event numbers names every event for ever.
local STATE = KEYS[1]
local revision, ttlMs, noteMs, steps, limits, offsets, rules = unpack(ARGV)
local known, knownRules = unpack(redis.call("HMGET", STATE, "revision", "rules"))
if known and knownRules and tonumber(known) >= tonumber(revision) then return 0 end
if not known then
  local time = redis.call("TIME")
  redis.call("HSET", STATE, "epoch", string.format("%d%06d", time[1], time[2]))
end
redis.call("HSET", STATE, "revision", revision, "ttlMs", ttlMs, "noteMs", noteMs, "steps", steps, "limits", limits,
  "offsets", offsets, "rules", rules, "stepFromMs", "0", "stepUntilMs", "0")
return 1
