/* epoll events: 16 bytes on arm64, 12 on x86; many at once, and bad pointers. */
#include "file_test.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

enum { FILES = 40 };

int main(void)
{
        struct epoll_event e, got[FILES + 2];
        uint64_t seen = 0;
        int ep = epoll_create1(EPOLL_CLOEXEC), fds[FILES];

        _Static_assert(sizeof e == 16, "struct epoll_event of arm64");
        EXPECT(ep >= 0);
        for (int i = 0; i < FILES; i++) {
                EXPECT((fds[i] = eventfd(1, 0)) >= 0);
                e.events = EPOLLIN;
                e.data.u64 = 0x1122334400000000 + i;
                EXPECT(epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &e) == 0);
        }
        memset(got, 0xee, sizeof got);
        EXPECT(epoll_wait(ep, got, FILES + 1, 0) == FILES);
        for (int i = 0; i < FILES; i++) {
                EXPECT(got[i].events == EPOLLIN && got[i].data.u64 >> 32 == 0x11223344);
                seen |= 1UL << (got[i].data.u64 & 63);
        }
        EXPECT(seen == (1UL << FILES) - 1);
        EXPECT(*(unsigned char *)&got[FILES] == 0xee);
        EXPECT(epoll_wait(ep, got, 1, 0) == 1);
        EXPECT(epoll_ctl(ep, EPOLL_CTL_DEL, fds[0], NULL) == 0);
        EXPECT(epoll_wait(ep, got, FILES, 0) == FILES - 1);
        EXPECT(syscall(SYS_epoll_ctl, ep, EPOLL_CTL_ADD, fds[0], BAD) == -1 && errno == EFAULT);
        EXPECT(syscall(SYS_epoll_pwait, ep, BAD, 4, 0, NULL, 8) == -1 && errno == EFAULT);
        EXPECT(epoll_wait(ep, got, 0, 0) == -1 && errno == EINVAL);
        return 0;
}
