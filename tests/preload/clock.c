/* Preloaded into a node under test: its wall clock runs ahead by the milliseconds that stand in the file
 * YINXIN_CLOCK_AHEAD, eight bytes in the machine's order. All nodes of a story map one file, so their clocks move at one
 * instant. Monotonic clocks, and with them all timeouts, stay as they are.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static const _Atomic int64_t *ahead_ms;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("YINXIN_CLOCK_AHEAD");
    if (!path) return;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) abort();
    void *place = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (place == MAP_FAILED) abort();
    close(file);
    ahead_ms = place;
}

int clock_gettime(clockid_t id, struct timespec *out) {
    static int (*next)(clockid_t, struct timespec *);
    if (!next) next = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int answer = next(id, out);
    if (answer == 0 && id == CLOCK_REALTIME && ahead_ms) {
        int64_t ahead = atomic_load(ahead_ms);
        out->tv_sec += ahead / 1000;
        out->tv_nsec += ahead % 1000 * 1000000;
        if (out->tv_nsec >= 1000000000) { out->tv_sec++; out->tv_nsec -= 1000000000; }
    }
    return answer;
}
