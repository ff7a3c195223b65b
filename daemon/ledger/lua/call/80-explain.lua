-- Would it be granted now? The same judgement as a checkout's, and nothing done.
if explains > 0 then
  local answered = #answers
  for i = 1, explains do
    local _, key, seats, draws, _, _, facts = match(ARGV[explainRecords + i], REQUEST)
    local found = judge(key, seats, draws, facts, explainTerms and ARGV[explainTerms + i] or "")
    local answer = found.shared and "granted\tshared" or "granted\t" .. (found.flag or found.own and "assigned" or "")
    if found.reason then answer = moreDue and "again" or found.reason .. "\t" .. found.rule end
    answers[answered + i] = tally.recovering > 0 and "recovering" or answer
  end
end
