/* Makes a process's disk fail below one folder while a shared control page says so.
 *
 * Loaded with LD_PRELOAD. FAULT_FOLDER names the folder, FAULT_CONTROL a file of three ints:
 * the errno to fail with (0: none), which calls fail (a sum of the bits below), and how many calls did.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITES = 1, SYNCS = 2, OPENS = 4, NAMES = 8 };

static volatile int *control;
static char folder[PATH_MAX];

__attribute__((constructor)) static void begin(void) {
    const char *where = getenv("FAULT_FOLDER"), *page = getenv("FAULT_CONTROL");
    if (!where || !page) return;
    snprintf(folder, sizeof folder, "%s", where);
    int fd = open(page, O_RDWR | O_CLOEXEC);
    if (fd < 0) abort();
    void *mapped = mmap(NULL, 3 * sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) abort();
    control = mapped;
    close(fd);
}

static int on(int kind) { return control && control[0] && (control[1] & kind); }

static int below(const char *path) {
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

static int refuse(void) {
    __sync_fetch_and_add(&control[2], 1);
    errno = control[0];
    return 1;
}

static int fails_fd(int fd, int kind) {
    char link[64], path[PATH_MAX];
    if (!on(kind)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t got = readlink(link, path, sizeof path - 1);
    if (got <= 0) return 0;
    path[got] = 0;
    return below(path) ? refuse() : 0;
}

static int fails_path(const char *path, int kind) {
    return on(kind) && path && below(path) ? refuse() : 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size) {
    return fails_fd(fd, WRITES) ? -1 : REAL(write)(fd, data, size);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
    return fails_fd(fd, WRITES) ? -1 : REAL(writev)(fd, parts, count);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    return fails_fd(fd, WRITES) ? -1 : REAL(pwrite)(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    return fails_fd(fd, WRITES) ? -1 : REAL(pwrite64)(fd, data, size, at);
}
int ftruncate(int fd, off_t size) { return fails_fd(fd, WRITES) ? -1 : REAL(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { return fails_fd(fd, WRITES) ? -1 : REAL(ftruncate64)(fd, size); }
int fsync(int fd) { return fails_fd(fd, SYNCS) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fails_fd(fd, SYNCS) ? -1 : REAL(fdatasync)(fd); }

static int fails_open(const char *path, int flags) {
    return (flags & (O_WRONLY | O_RDWR | O_CREAT)) && fails_path(path, OPENS);
}

#define OPEN(name)                                                                     \
    int name(const char *path, int flags, ...) {                                       \
        va_list rest;                                                                  \
        va_start(rest, flags);                                                         \
        mode_t mode = va_arg(rest, mode_t);                                            \
        va_end(rest);                                                                  \
        return fails_open(path, flags) ? -1 : REAL(name)(path, flags, mode);           \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                                   \
    int name(int at, const char *path, int flags, ...) {                               \
        va_list rest;                                                                  \
        va_start(rest, flags);                                                         \
        mode_t mode = va_arg(rest, mode_t);                                            \
        va_end(rest);                                                                  \
        return fails_open(path, flags) ? -1 : REAL(name)(at, path, flags, mode);       \
    }
OPENAT(openat)
OPENAT(openat64)

int rename(const char *from, const char *to) {
    return fails_path(to, NAMES) ? -1 : REAL(rename)(from, to);
}
int renameat(int from_at, const char *from, int to_at, const char *to) {
    return fails_path(to, NAMES) ? -1 : REAL(renameat)(from_at, from, to_at, to);
}
int unlink(const char *path) { return fails_path(path, NAMES) ? -1 : REAL(unlink)(path); }
int mkdir(const char *path, mode_t mode) { return fails_path(path, NAMES) ? -1 : REAL(mkdir)(path, mode); }
