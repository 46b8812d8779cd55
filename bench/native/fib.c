// The loop of contracts/Arithmetic.sol `fib`, for comparison: `fib BITS COUNT` with 64 or 256 bits.
// Prints seconds and the result in hex. The additions wrap around, as in the contract.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// Two halves: gcc makes add-with-carry of this, and three times slower code of four 64-bit limbs in a loop.
typedef struct {
  unsigned __int128 low, high;
} word;

static word fib256(uint64_t count) {
  word a = {0, 0}, b = {1, 0};
  for (uint64_t i = 0; i < count; i++) {
    word next = {a.low + b.low, a.high + b.high};
    next.high += next.low < a.low;
    a = b;
    b = next;
  }
  return a;
}

static uint64_t fib64(uint64_t count) {
  uint64_t a = 0, b = 1;
  for (uint64_t i = 0; i < count; i++) {
    uint64_t next = a + b;
    a = b;
    b = next;
  }
  return a;
}

static void print_hex(unsigned __int128 half) {
  printf("%016llx%016llx", (unsigned long long)(half >> 64), (unsigned long long)half);
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  uint64_t rounds = strtoull(arguments[2], NULL, 10);
  word result = {0, 0};
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  if (strcmp(arguments[1], "64") == 0) result.low = fib64(rounds);
  else result = fib256(rounds);
  clock_gettime(CLOCK_MONOTONIC, &end);
  printf("%.9f ", (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
  print_hex(result.high);
  print_hex(result.low);
  printf("\n");
  return 0;
}
