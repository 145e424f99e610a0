# progress.awk: shows a build's lines. On a terminal the counter stays on one line; elsewhere one line of it every 10 s.
# What is neither a counter nor "no work to do" (warnings, errors) is shown whole.
BEGIN { next_at = systime() + 10 }
/^ninja: no work to do|^\[0\/[0-9]+\] Re-checking|does not take linker garbage collection|^-- |^ninja: Entering|^\[.*Re-checking globbed/ { next }
/^\[[0-9]+\/[0-9]+\]/ {
  if (tty) { printf "\r\033[Kglovebox: %s", substr($0, 1, 100); open_line = 1 }
  else if (systime() >= next_at) { print "glovebox: " $0; next_at = systime() + 10 }
  fflush(); next
}
{ if (open_line) { printf "\r\033[K"; open_line = 0 } print; fflush() }
END { if (open_line) printf "\r\033[K" }
