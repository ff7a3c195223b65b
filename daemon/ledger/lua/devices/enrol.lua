-- Exchange a computer's enrolment token for its registration.
-- Surprising: the token stays until its time is over and remembers the key it was exchanged for, so that a computer which
-- never heard the answer may ask again, and anybody else with the same token is told apart from one who never had it.
-- Under no name stands what computers call the daemons of this ledger in what they sign.
local TOKEN, DEVICES, CHANGES = unpack(KEYS)
local device, hash, publicKey, registration, audience, channel = unpack(ARGV)
local kept = redis.call("GET", TOKEN)
if not kept then return { "unknown" } end
local token = cjson.decode(kept)
if token.hash ~= hash then return { "unknown" } end
if token.exchangedFor and token.exchangedFor ~= publicKey then return { "used" } end
if not token.exchangedFor then
  token.exchangedFor = publicKey
  redis.call("SET", TOKEN, cjson.encode(token), "KEEPTTL")
  redis.call("HSET", DEVICES, device, registration)
  redis.call("HSETNX", DEVICES, "", audience)
  redis.call("INCR", CHANGES)
  redis.call("PUBLISH", channel, "")
end
return { "enrolled", redis.call("HGET", DEVICES, "") }
