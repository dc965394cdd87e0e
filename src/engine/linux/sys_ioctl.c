/* The few ioctl requests whose structures differ: loop_info holds device numbers, which are long on x86-64 only. */
#include "base/mem.h"
#include "base/sys.h"
#include "engine/linux/handlers.h"
#include "engine/linux/linux.h"
#include <linux/loop.h>

/* linux/loop.h with arm64's __kernel_old_dev_t. */
struct a64_loop_info {
        i32 lo_number;
        u32 lo_device;
        u64 lo_inode;
        u32 lo_rdevice;
        i32 lo_offset, lo_encrypt_type, lo_encrypt_key_size, lo_flags;
        char lo_name[LO_NAME_SIZE];
        u8 lo_encrypt_key[LO_KEY_SIZE];
        u64 lo_init[2];
        char reserved[4];
};
_Static_assert(sizeof(struct a64_loop_info) == 160, "struct loop_info of arm64");
/* From lo_offset up to lo_init both are the same. */
enum { SAME = offsetof(struct a64_loop_info, lo_encrypt_key) + LO_KEY_SIZE - offsetof(struct a64_loop_info, lo_offset) };

static long loop_set_status(struct cpu *cpu)
{
        struct a64_loop_info g;
        struct loop_info h = { 0 };

        if (!guest_read(&g, cpu->x[2], sizeof g))
                return -EFAULT;
        h.lo_number = g.lo_number;
        h.lo_device = g.lo_device;
        h.lo_inode = g.lo_inode;
        h.lo_rdevice = g.lo_rdevice;
        memcpy(&h.lo_offset, &g.lo_offset, SAME);
        memcpy(h.lo_init, g.lo_init, sizeof h.lo_init);
        return safe_syscall(__NR_ioctl, cpu->x[0], LOOP_SET_STATUS, (long)&h, 0, 0, 0);
}

static long loop_get_status(struct cpu *cpu)
{
        struct a64_loop_info g = { 0 };
        struct loop_info h;
        long r = safe_syscall(__NR_ioctl, cpu->x[0], LOOP_GET_STATUS, (long)&h, 0, 0, 0);

        if (r < 0)
                return r;
        g.lo_number = h.lo_number;
        g.lo_device = (u32)h.lo_device;
        g.lo_inode = h.lo_inode;
        g.lo_rdevice = (u32)h.lo_rdevice;
        memcpy(&g.lo_offset, &h.lo_offset, SAME);
        memcpy(g.lo_init, h.lo_init, sizeof g.lo_init);
        return guest_write(cpu->x[2], &g, sizeof g) ? r : -EFAULT;
}

long sys_ioctl(struct cpu *cpu)
{
        switch ((u32)cpu->x[1]) {
        case LOOP_SET_STATUS: return loop_set_status(cpu);
        case LOOP_GET_STATUS: return loop_get_status(cpu);
        default: return pass_syscall(cpu, __NR_ioctl);
        }
}
