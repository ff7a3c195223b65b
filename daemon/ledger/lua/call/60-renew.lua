-- Still in use, or still waiting: move the due times of many leases at once.
-- Surprising: only what is not simply alive is answered, each with its id; an offer is not renewed; and a note of the next
-- pool is renewed like a lease, so that it lives as long as the lease it points to.
local function waitDueText(record) return format("%d", min(vnow + ttlMs, tonumber((match(record, WAITING))))) end
-- How it stands with somebody who waits: his place in the queue, or how long a seat is kept for him.
local function standing(id, kind)
  if kind == "waiting" then return format("queued\t%d", call("ZRANK", QUEUE, id) - tally.excess + 1) end
  return format("offered\t%d", max(0, call("ZSCORE", DUE, id) - vnow))
end
local function reclaimState(timer)
  local why, dueMs, graceMs, postponable = match(timer, "^\treclaiming\t([^\t]*)\t(%d+)\t(%d+)\t(%d)$")
  return why, tonumber(dueMs), tonumber(graceMs), postponable
end
local function reclaiming(timer)
  local why, dueMs, _, postponable = reclaimState(timer)
  return format("reclaiming\t%d\t", max(0, dueMs - vnow)) .. why .. "\t" .. postponable
end

if renews > 0 then
  local held, due = call("HMGET", LEASES, unpack(ARGV, renewIds + 1, renewIds + renews)), {}
  local function answer(word, id) answers[#answers + 1] = word; answers[#answers + 1] = id end
  local function renew(id, dueText) due[#due + 1] = dueText; due[#due + 1] = id end
  for i = 1, renews do
    local id, holder, record, kind = ARGV[renewIds + i], ARGV[renewHolders + i], held[i], kindOf(held[i])
    if kind == "passed" then renew(id, noteDueText)
    elseif kind == "waiting" or kind == "offered" then
      if match(asked(record), "^[^\t]*") ~= holder then answer("not_holder", id)
      else
        if kind == "waiting" then renew(id, waitDueText(record)) end
        answer(standing(id, kind), id)
      end
    elseif not live(record) then answer("gone", id)
    elseif not heldBy(record, holder) then answer("not_holder", id)
    else
      -- A borrowed lease ends on its day, heard of or not.
      if not hasFlag(record, "borrowed=") then renew(id, dueText) end
      local timer = tally.reclaiming > 0 and call("HGET", LEASES, "reclaim:" .. id)
      if timer then answer(reclaiming(timer), id) end
    end
  end
  each("ZADD", DUE, due, #due)
end
