# regions.awk -- cuts the named regions out of source files, for the chapters in theory/.
#
#   awk -v top=SRCDIR/ -v folder=OUT -f regions.awk FILE...
#
# A region stands between the lines
#     /* region: NAME */   and   /* end region: NAME */
# NAME being letters, digits, - and _.  Of each region two files are written, where STEM is the
# file's path below `top` with every / as -:
#     OUT/STEM.NAME.c     its lines
#     OUT/STEM.NAME.tex   \codelisting{path}{NAME}{first line}{last line}{STEM.NAME.c}
# A region that is nested, closed by another name, repeated, empty or left open is an error, and so
# is a byte outside ASCII, which the listings could not set.

function fail(line, message) {
  printf "%s:%d: %s\n", path, line, message > "/dev/stderr"
  failed = 1
  exit 1
}

function finish_file() {
  if (open != "")
    fail(opened, "region '" open "' is never closed")
}

FNR == 1 {
  finish_file()
  path = FILENAME
  if (top != "" && index(path, top) == 1)
    path = substr(path, length(top) + 1)
  stem = path
  gsub(/\//, "-", stem)
  split("", seen)
}

/^[ \t]*\/\* (end )?region: / {
  name = $0
  sub(/^[ \t]*\/\* (end )?region: */, "", name)
  sub(/[ \t]*\*\/[ \t]*$/, "", name)
  if (name !~ /^[A-Za-z0-9_-]+$/)
    fail(FNR, "bad name of a region: '" name "'")
  if ($0 ~ /end region:/) {
    if (name != open)
      fail(FNR, "region '" name "' is closed here, '" open "' is open")
    if (FNR == opened + 1)
      fail(FNR, "region '" name "' is empty")
    close(output)
    tex = folder "/" stem "." name ".tex"
    printf "\\codelisting{%s}{%s}{%d}{%d}{%s}%%\n", path, name, opened + 1, FNR - 1,
      stem "." name ".c" > tex
    close(tex)
    open = ""
  } else {
    if (open != "")
      fail(FNR, "region '" name "' opens inside region '" open "'")
    if (name in seen)
      fail(FNR, "a second region '" name "'")
    seen[name] = 1
    open = name
    opened = FNR
    output = folder "/" stem "." name ".c"
    printf "" > output
  }
  next
}

open != "" {
  if ($0 ~ /[^\t -~]/)
    fail(FNR, "a byte outside ASCII in region '" open "'")
  print > output
}

END {
  if (!failed)
    finish_file()
  exit failed
}
