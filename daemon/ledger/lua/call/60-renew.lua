-- Still in use: move the due times of many leases at once.
-- Surprising: only those that are gone, or another's, are answered, each with its id; and a note of the next pool is
-- renewed like a lease, so that it lives as long as the lease it points to.
if renews > 0 then
  local held, due, notes = call("HMGET", LEASES, unpack(ARGV, renewIds + 1, renewIds + renews)), {}, {}
  for i = 1, renews do
    local id, record = ARGV[renewIds + i], held[i]
    if not live(record) then
      if record and sub(record, 1, 8) == "\tpassed\t" then notes[#notes + 1] = noteDueText; notes[#notes + 1] = id
      else answers[#answers + 1] = "gone"; answers[#answers + 1] = id end
    elseif heldBy(record, ARGV[renewHolders + i]) then due[#due + 1] = dueText; due[#due + 1] = id
    else answers[#answers + 1] = "not_holder"; answers[#answers + 1] = id end
  end
  each("ZADD", DUE, due, #due); each("ZADD", DUE, notes, #notes)
end
