// One client: repeats an operation and prints nanoseconds for each.
//   client read|stat FILE N, client readdir DIR N, client change CREATE-FILE TEXT REMOVE-FILE N
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what) { perror(what); exit(1); }

static void put(const char *file, const char *text) {
  int fd = open(file, O_WRONLY);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) fail(file);
  close(fd);
}

int main(int argc, char **argv) {
  struct timespec from, to;
  char buf[65536];
  if (argc < 4) return 2;
  long n = atol(argv[argc - 1]);
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (long i = 0; i < n; i++) {
    if (!strcmp(argv[1], "read")) {
      int fd = open(argv[2], O_RDONLY);
      if (fd < 0 || read(fd, buf, 4096) < 0) fail(argv[2]);
      close(fd);
    } else if (!strcmp(argv[1], "stat")) {
      struct statx st;
      // asks the file system, whatever is cached
      if (statx(AT_FDCWD, argv[2], AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, &st)) fail(argv[2]);
    } else if (!strcmp(argv[1], "readdir")) {
      DIR *dir = opendir(argv[2]);
      if (!dir) fail(argv[2]);
      while (readdir(dir)) {}
      closedir(dir);
    } else {
      put(argv[2], argv[3]);
      put(argv[4], "1");
    }
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  printf("%.0f\n", ((to.tv_sec - from.tv_sec) * 1e9 + (to.tv_nsec - from.tv_nsec)) / n);
  return 0;
}
