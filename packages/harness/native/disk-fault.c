/*
 * Preloaded into a process, has every change below one folder fail from the moment that the file named by OTTLA_DISK_FAULT says so. The
 * file holds an errno, a 32-bit number in the machine's byte order, 0 for a sound disk, and then the folder's path, ended by a zero byte.
 * Reads go on: the kernel has most of what is read in memory.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct fault {
  int32_t error;
  char folder[PATH_MAX];
};

static const volatile struct fault *fault;

__attribute__((constructor)) static void open_fault(void) {
  const char *path = getenv("OTTLA_DISK_FAULT");
  int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  void *memory = mmap(NULL, sizeof(struct fault), PROT_READ, MAP_SHARED, file, 0);
  if (memory != MAP_FAILED) fault = memory;
  close(file);
}

/* Whether what lies at the path fails now; sets errno if it does. */
static int path_fails(const char *path) {
  if (fault == NULL || fault->error == 0) return 0;
  const char *folder = (const char *)fault->folder;
  size_t length = strlen(folder);
  if (strncmp(path, folder, length) != 0 || (path[length] != '/' && path[length] != 0)) return 0;
  errno = fault->error;
  return 1;
}

static int file_fails(int file) {
  if (fault == NULL || fault->error == 0) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return path_fails(path);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/* name, result type, parameters, arguments: a call that changes an open file, the first argument */
#define ON_FILE(name, type, parameters, arguments) \
  type name parameters {                           \
    static __typeof__(&name) real;                 \
    if (real == NULL) real = REAL(name);           \
    if (file_fails(file)) return -1;               \
    return real arguments;                         \
  }

ON_FILE(write, ssize_t, (int file, const void *data, size_t size), (file, data, size))
ON_FILE(pwrite, ssize_t, (int file, const void *data, size_t size, off_t at), (file, data, size, at))
ON_FILE(pwrite64, ssize_t, (int file, const void *data, size_t size, off64_t at), (file, data, size, at))
ON_FILE(writev, ssize_t, (int file, const struct iovec *data, int count), (file, data, count))
ON_FILE(pwritev, ssize_t, (int file, const struct iovec *data, int count, off_t at), (file, data, count, at))
ON_FILE(pwritev64, ssize_t, (int file, const struct iovec *data, int count, off64_t at), (file, data, count, at))
ON_FILE(fsync, int, (int file), (file))
ON_FILE(fdatasync, int, (int file), (file))
ON_FILE(ftruncate, int, (int file, off_t size), (file, size))
ON_FILE(ftruncate64, int, (int file, off64_t size), (file, size))

/* The same for a call that changes what lies at a path, the first argument. */
#define ON_PATH(name, parameters, arguments) \
  int name parameters {                      \
    static __typeof__(&name) real;           \
    if (real == NULL) real = REAL(name);     \
    if (path_fails(path)) return -1;         \
    return real arguments;                   \
  }

ON_PATH(rename, (const char *path, const char *to), (path, to))
ON_PATH(mkdir, (const char *path, mode_t mode), (path, mode))
ON_PATH(unlink, (const char *path), (path))

#define OPENING(name)                                                             \
  int name(const char *path, int flags, ...) {                                    \
    static int (*real)(const char *, int, ...);                                   \
    if (real == NULL) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name); \
    mode_t mode = 0;                                                              \
    if (flags & (O_CREAT | O_TMPFILE)) {                                          \
      va_list rest;                                                               \
      va_start(rest, flags);                                                      \
      mode = va_arg(rest, mode_t);                                                \
      va_end(rest);                                                               \
    }                                                                             \
    if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) && path_fails(path)) return -1;   \
    return real(path, flags, mode);                                               \
  }

OPENING(open)
OPENING(open64)
