/**
 * What one would write first: one call a decision, wall-clock leases, JSON. It keeps seats, a site's count, the lease, a
 * peak and an event, and neither holder, shared seats, memory of ended ids, virtual time nor integrals.
 */
export const NATURAL = `
local due, leases, counts, state, peak, events = unpack(KEYS)
local op, id, nowMs, ttlMs, seats, site, facts = unpack(ARGV)
for _, expired in ipairs(redis.call("ZRANGEBYSCORE", due, "-inf", nowMs, "LIMIT", 0, 100)) do
  local lease = cjson.decode(redis.call("HGET", leases, expired))
  redis.call("ZREM", due, expired); redis.call("HDEL", leases, expired); redis.call("HINCRBY", counts, lease.site, -1)
end
if op == "checkin" then
  local held = redis.call("HGET", leases, id)
  if not held then return "gone" end
  local lease = cjson.decode(held)
  redis.call("ZREM", due, id); redis.call("HDEL", leases, id); redis.call("HINCRBY", counts, lease.site, -1)
  redis.call("XADD", events, "*", "kind", "ended", "lease", id, "atMs", nowMs, "facts", lease.facts)
  return "returned"
end
local used = redis.call("ZCARD", due)
if used >= tonumber(seats) then
  redis.call("XADD", events, "*", "kind", "denied", "lease", id, "atMs", nowMs, "facts", facts)
  return "no_seats"
end
if redis.call("HGET", leases, id) then return "granted" end
redis.call("ZADD", due, nowMs + ttlMs, id)
redis.call("HSET", leases, id, cjson.encode({ site = site, sinceMs = nowMs, facts = facts }))
redis.call("HINCRBY", counts, site, 1)
if used + 1 > tonumber(redis.call("GET", peak) or 0) then redis.call("SET", peak, used + 1) end
redis.call("XADD", events, "*", "kind", "granted", "lease", id, "atMs", nowMs, "facts", facts)
return "granted"
`;
