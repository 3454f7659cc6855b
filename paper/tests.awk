# tests.awk -- the TAP logs of the tests as rows of a table: program & its tests & result.
#
#   awk -f tests.awk LOG...
#
# One row a program.  A test that runs in a loop is named once and counted each time.  A program
# whose log holds no plan, or another number of results than planned, failed: a crash does not
# vanish.

function tex(text) {
  gsub(/[&%$#{}]/, "\\\\&", text)
  gsub(/_/, "\\_\\allowbreak{}", text)
  return text
}

function finish() {
  if (program == "")
    return
  if (planned != passed + failed)
    verdict = "\\textbf{incomplete}"
  else if (failed > 0)
    verdict = "\\textbf{" failed " of " planned " failed}"
  else
    verdict = passed " passed"
  print tex(program) " & " names " & " verdict " \\\\"
}

FNR == 1 {
  finish()
  program = FILENAME
  sub(/.*\//, "", program)
  sub(/\.log$/, "", program)
  names = ""
  passed = failed = 0
  planned = -1
  split("", seen)
}

/^1\.\.[0-9]+/ {
  planned = substr($0, 4) + 0
}

# ok 3 - path/check_model.c:core:test_proposes_largest_gap: Passed
/^(not )?ok [0-9]+/ {
  good = $0 !~ /^not /
  if (good)
    passed++
  else
    failed++
  parts = split($0, part, ":")
  name = parts >= 3 ? part[3] : $0
  sub(/^test_/, "", name)
  gsub(/_/, " ", name)
  name = tex(name)
  if (!good)
    name = "\\textbf{" name "}"
  if (!(name in seen))
    names = names (names == "" ? "" : "; ") name
  seen[name] = 1
}

END {
  finish()
}
