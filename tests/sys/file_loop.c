/* LOOP_SET_STATUS and LOOP_GET_STATUS: struct loop_info is another on the host. Needs a free loop device and root, else there is nothing to see. test: static root */
#include "file_test.h"
#include <linux/loop.h>
#include <sys/ioctl.h>

int main(void)
{
        int control = open("/dev/loop-control", O_RDWR), number = control < 0 ? -1 : ioctl(control, LOOP_CTL_GET_FREE), loop, file;
        struct loop_info info = { .lo_offset = 512, .lo_name = "a name" }, back;
        unsigned long long size;
        char device[32], name[] = "loop-XXXXXX";
        if (number < 0)
                return 0;
        snprintf(device, sizeof device, "/dev/loop%d", number);
        loop = open(device, O_RDWR);
        if (loop < 0)
                return 0;
        file = mkstemp(name);
        EXPECT(file >= 0 && unlink(name) == 0 && ftruncate(file, 1 << 20) == 0);
        if (ioctl(loop, LOOP_SET_FD, file) < 0 && errno == EBUSY)
                return 0; /* somebody was faster */
        EXPECT(ioctl(loop, LOOP_SET_STATUS, &info) == 0);
        EXPECT(ioctl(loop, LOOP_GET_STATUS, &back) == 0);
        EXPECT(back.lo_number == number && back.lo_offset == 512 && !strcmp(back.lo_name, "a name") && back.lo_inode);
        EXPECT(ioctl(loop, _IOR(0x12, 114, size_t), &size) == 0 && size == (1 << 20) - 512); /* BLKGETSIZE64 */
        EXPECT(ioctl(loop, LOOP_SET_STATUS, NULL) == -1 && errno == EFAULT);
        EXPECT(ioctl(loop, LOOP_CLR_FD, 0) == 0);
        return 0;
}
