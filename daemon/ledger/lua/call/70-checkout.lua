-- Ask for seats, all of them or none.
-- Surprising: a live lease is answered with what it has, whatever the rules say by now; one that was given back takes no
-- second seat; one that was passed on to the next pool is sent there again, though there may be room here by now, until
-- its note expires: only the heartbeats of a lease that lives there renew the note.
if checkouts > 0 then
  local put, due = {}, {}
  local function hold(id, value, dueAt)
    local n = #put
    put[n + 1] = id; put[n + 2] = value
    n = #due
    due[n + 1] = dueAt; due[n + 2] = id
  end

  local ceilings = state[12] -- "site:depot=2 site:home=5"; most pools have none
  local function refusal(seats, draws)
    if used + seats > capacity then return capacity == 0 and emptyReason or "no_seats" end
    if ceilings ~= "" then
      for name in gmatch(draws, "%S+") do
        local ceiling = match(" " .. ceilings, " " .. string.gsub(name, "%p", "%%%0") .. "=(%d+)")
        if ceiling and count(name) + seats > tonumber(ceiling) then return "site_full" end
      end
    end
  end

  -- The lease moved to another site: its count moves with it, if its seat is its own, and it is never denied for it.
  local function moved(id, held, record)
    local since, holder, key, seats, drawn = match(held, LEASE)
    local draws, user, device, facts = match(record, "^[^\t]*\t[^\t]*\t[^\t]*\t([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    if draws == drawn then return held end
    if key ~= "" then
      local sharers, opened = match(seat(key), "^(%d+) %S+ (.*)$")
      if sharers ~= "1" or opened ~= drawn then return held end
      seatOf[key] = "1 " .. seats .. " " .. draws
    end
    draw(drawn, "-" .. seats); draw(draws, seats)
    facts = facts .. "\t" .. match(held, "([^\t]*)$")
    event("moved", id, "0", drawn, told(since, seats, draws, facts))
    return concat({ since, holder, key, seats, draws, user, device, facts }, "\t")
  end

  local function checkout(id, record, verdict, next, held)
    local holder, key, seats, draws, user, device, facts =
      match(record, "^([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    local word = ""
    if live(held) then
      if not heldBy(held, holder) then return "not_holder" end
      local now = moved(id, held, record)
      if now ~= held then hold(id, now, dueText) else due[#due + 1] = dueText; due[#due + 1] = id end
      return "live\t" .. now
    elseif held == "\texpired" then word = "resumed"
    elseif held then
      if sub(held, 1, 8) ~= "\tpassed\t" then return "returned" end
      return "passed\t" .. sub(held, 9)
    end
    if verdict ~= "" then
      event("denied", id, "0", verdict, told(atText, seats, draws, facts))
      return verdict
    end
    local shared = key ~= "" and seat(key)
    if shared then
      local sharers, seatSeats, seatDraws = match(shared, "^(%d+) (%d+) (.*)$")
      seatOf[key] = format("%d ", sharers + 1) .. seatSeats .. " " .. seatDraws
      local line = concat({ atText, holder, key, seatSeats, seatDraws, user, device, facts, "shared" }, "\t")
      hold(id, line, dueText)
      event("granted", id, "0", "shared", told(atText, seatSeats, seatDraws, facts .. "\tshared"))
      return "shared\t" .. line
    end
    local reason = refusal(tonumber(seats), draws)
    if reason then
      if moreDue then return "again" end
      if next ~= "" and reason ~= "entitlement_ended" and reason ~= "entitlement_not_started" then
        hold(id, "\tpassed\t" .. next, noteDueText)
        event("passed", id, "0", next, told(atText, seats, draws, facts))
        return "passed\t" .. next
      end
      event("denied", id, "0", reason, told(atText, seats, draws, facts))
      return reason
    end
    if key ~= "" then seatOf[key] = "1 " .. seats .. " " .. draws end
    draw(draws, seats)
    hold(id, atText .. "\t" .. record .. "\t" .. word, dueText)
    event("granted", id, seats, word, told(atText, seats, draws, facts .. "\t" .. word))
    return word == "" and "granted" or word
  end

  local held, answered = call("HMGET", LEASES, unpack(ARGV, checkoutIds + 1, checkoutIds + checkouts)), #answers
  for i = 1, checkouts do
    answers[answered + i] = checkout(ARGV[checkoutIds + i], ARGV[checkoutRecords + i],
      checkoutVerdicts and ARGV[checkoutVerdicts + i] or "", checkoutNexts and ARGV[checkoutNexts + i] or "", held[i])
  end
  each("HSET", LEASES, put, #put); each("ZADD", DUE, due, #due)
end
