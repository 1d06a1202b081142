/* Preloaded into a node under test. It does two things, each only when a variable asks for it:
 *
 * YINXIN_SYNC_ARM=FILE     While FILE exists, every fsync, fdatasync and sync_file_range of the process is counted, over all
 *                          threads, and told in FILE.report. The one whose number stands in FILE is not carried out: the
 *                          process kills itself there.
 * YINXIN_GUARD_TRACE=FILE  Whatever was written to the second copy of the signer guard is appended to FILE behind its length.
 *                          The guard gives a signature out only after that, so FILE holds every signature that ever left.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define GUARD_SECOND_COPY 32768

static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;
static long syncs, told;

static void name_of(int fd, char *out, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, out, size - 1);
    out[length < 0 ? 0 : length] = 0;
}

static void append(const char *path, const void *head, size_t head_size, const void *body, size_t body_size) {
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct iovec parts[2] = {{(void *)head, head_size}, {(void *)body, body_size}};
    if (file < 0 || writev(file, parts, 2) != (ssize_t)(head_size + body_size)) abort();
    close(file);
}

static long armed_at(const char *path) {
    char text[32] = {0};
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    return length > 0 ? atol(text) : 0;
}

static void point(const char *what, int fd) {
    const char *path = getenv("YINXIN_SYNC_ARM");
    long at = path ? armed_at(path) : 0;
    if (at <= 0) return;
    pthread_mutex_lock(&counting);
    if (at != told) syncs = 0; /* armed anew: counted from 1 again */
    told = at;
    long number = ++syncs;
    char name[PATH_MAX], report[PATH_MAX], line[PATH_MAX + 64];
    name_of(fd, name, sizeof name);
    snprintf(report, sizeof report, "%s.report", path);
    int length = snprintf(line, sizeof line, "%ld %s %s\n", number, what, name);
    append(report, line, (size_t)length, "", 0);
    if (number == at) {
        kill(getpid(), SIGKILL);
        for (;;) pause(); /* the others wait for the lock until all are gone */
    }
    pthread_mutex_unlock(&counting);
}

int fsync(int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    point("fsync", fd);
    return real(fd);
}

int fdatasync(int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    point("fdatasync", fd);
    return real(fd);
}

int sync_file_range(int fd, off64_t offset, off64_t count, unsigned int flags) {
    int (*real)(int, off64_t, off64_t, unsigned int) =
        (int (*)(int, off64_t, off64_t, unsigned int))dlsym(RTLD_NEXT, "sync_file_range");
    point("sync_file_range", fd);
    return real(fd, offset, count, flags);
}

static void trace(int fd, const void *data, ssize_t written, off64_t offset) {
    const char *path = getenv("YINXIN_GUARD_TRACE");
    if (!path || offset != GUARD_SECOND_COPY || written <= 0) return;
    char name[PATH_MAX];
    name_of(fd, name, sizeof name);
    const char *file = strrchr(name, '/');
    if (!file || strcmp(file, "/signer.guard") != 0) return;
    uint32_t size = (uint32_t)written;
    append(path, &size, sizeof size, data, size);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
    ssize_t (*real)(int, const void *, size_t, off64_t) =
        (ssize_t (*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    ssize_t written = real(fd, data, size, offset);
    trace(fd, data, written, offset);
    return written;
}
