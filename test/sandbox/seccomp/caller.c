/* Makes the system calls that its input names, one a line, and prints for each the errno, 0 when it succeeded. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char room[65536] __attribute__((aligned(4096)));

/* "@" is the address of room that holds zeros; all else is a number. */
static long argument(const char *word) {
  if (word == NULL) return 0;
  return word[0] == '@' ? (long)room : (long)strtoull(word, NULL, 0);
}

static long call(char *line) {
  long words[7];
  for (int n = 0; n < 7; n++) words[n] = argument(strtok(n == 0 ? line : NULL, " \n"));
#ifdef __x86_64__
  if (words[0] == -32) {
    long result = 20;
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    return result < 0 ? -1 : result;
  }
#endif
  return syscall(words[0], words[1], words[2], words[3], words[4], words[5], words[6]);
}

int main(void) {
  char line[256];
  pid_t self = getpid();
  setvbuf(stdout, NULL, _IOLBF, 0);
  while (fgets(line, sizeof line, stdin) != NULL) {
    memset(room, 0, sizeof room);
    errno = 0;
    long result = call(line);
    int found = result == -1 ? errno : 0;
    if (syscall(SYS_getpid) != self) _exit(0);
    printf("%d\n", found);
    while (waitpid(-1, NULL, WNOHANG) > 0) continue;
  }
  return 0;
}
