// A thread that only keeps a tick of a millisecond, for comparison: `tick SECONDS`. Sleeps until each tick by the clock,
// and notes how late it wakes. Prints the median, the 99th percentile and the longest, in microseconds.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TICK_NS 1000000

static int ascending(const void *a, const void *b) {
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv) {
  const long count = (argc > 1 ? strtol(argv[1], NULL, 10) : 1) * 1000;
  int64_t *late = malloc(count * sizeof *late);
  if (count < 1 || late == NULL) return 1;
  int64_t due = now();
  for (long i = 0; i < count; i++) {
    due += TICK_NS;
    // A tick that was missed is not made up for.
    if (now() > due + TICK_NS) due = now();
    const struct timespec until = {due / 1000000000LL, due % 1000000000LL};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0) {
    }
    late[i] = now() - due;
  }
  qsort(late, count, sizeof *late, ascending);
  printf("%.1f %.1f %.1f\n", late[count / 2] / 1e3, late[count * 99 / 100] / 1e3, late[count - 1] / 1e3);
  return 0;
}
