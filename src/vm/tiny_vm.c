#include "vm/tiny_vm.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/util.h"

enum { PAGE = 4096, GUEST_PAGE = 0x1000 };

struct tiny {
        int kvm, vm, cpu;
        u8 *page;
        struct kvm_run *run;
        size_t run_size;
};

static int refused(struct err *e, const char *step)
{
        return err_set(e, 1, "KVM does not %s: %s", step, err_name(errno));
}

#ifdef __x86_64__
/* hlt, in real mode. */
static const u8 code[] = { 0xf4 };
enum { WANTED_EXIT = KVM_EXIT_HLT };

static int set_up_cpu(struct tiny *t, bool el1_32bit, struct err *e)
{
        struct kvm_sregs s;
        struct kvm_regs r = { .rip = GUEST_PAGE, .rflags = 2 };
        if (ioctl(t->cpu, KVM_GET_SREGS, &s) < 0)
                return refused(e, "tell a processor's registers");
        s.cs.base = s.cs.selector = 0;
        return ioctl(t->cpu, KVM_SET_SREGS, &s) < 0 || ioctl(t->cpu, KVM_SET_REGS, &r) < 0 ? refused(e, "set a processor's registers") : 0;
}
#else
/* str r0/w0, [r1/x1] with a zero address, where nothing is: an access that comes to us. */
static const u8 code_a64[] = { 0x20, 0x00, 0x00, 0xb9 }, code_a32[] = { 0x00, 0x00, 0x81, 0xe5 };
enum { WANTED_EXIT = KVM_EXIT_MMIO };

static int set_up_cpu(struct tiny *t, bool el1_32bit, struct err *e)
{
        struct kvm_vcpu_init init = { 0 };
        u64 pc = GUEST_PAGE;
        struct kvm_one_reg reg = { .id = KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | KVM_REG_ARM_CORE_REG(regs.pc),
                .addr = (u64)&pc };
        if (ioctl(t->vm, KVM_ARM_PREFERRED_TARGET, &init) < 0)
                return refused(e, "name a kind of processor");
        if (el1_32bit)
                init.features[0] |= 1u << KVM_ARM_VCPU_EL1_32BIT;
        memcpy(t->page, el1_32bit ? code_a32 : code_a64, sizeof code_a64);
        if (ioctl(t->cpu, KVM_ARM_VCPU_INIT, &init) < 0)
                return refused(e, el1_32bit ? "make a 32-bit processor" : "make a processor ready");
        return ioctl(t->cpu, KVM_SET_ONE_REG, &reg) < 0 ? refused(e, "set a processor's registers") : 0;
}
#endif

static int make(struct tiny *t, struct err *e)
{
        t->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
        if (t->kvm < 0)
                return err_set(e, 1, "cannot open /dev/kvm: %s", err_name(errno));
        int version = ioctl(t->kvm, KVM_GET_API_VERSION, 0);
        if (version != KVM_API_VERSION)
                return version < 0 ? err_set(e, 1, "what /dev/kvm is does not answer as KVM: %s", err_name(errno))
                                   : err_set(e, 1, "KVM is of API version %d, not %d", version, KVM_API_VERSION);
        t->vm = ioctl(t->kvm, KVM_CREATE_VM, 0);
        if (t->vm < 0 && errno == EBUSY)
                return err_set(e, 1, "KVM cannot have the processor's virtualization: another hypervisor (VirtualBox, VMware) holds it");
        if (t->vm < 0)
                return refused(e, "make a machine");
        t->page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        struct kvm_userspace_memory_region memory = { .guest_phys_addr = GUEST_PAGE, .memory_size = PAGE, .userspace_addr = (u64)t->page };
        if (t->page == MAP_FAILED || ioctl(t->vm, KVM_SET_USER_MEMORY_REGION, &memory) < 0)
                return refused(e, "give it memory");
        t->cpu = ioctl(t->vm, KVM_CREATE_VCPU, 0);
        int size = ioctl(t->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
        t->run_size = size > 0 ? (size_t)size : PAGE;
        t->run = t->cpu < 0 ? MAP_FAILED : mmap(NULL, t->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, t->cpu, 0);
        return t->run == MAP_FAILED ? refused(e, "make a processor") : 0;
}

static void unmake(struct tiny *t)
{
        int fds[] = { t->cpu, t->vm, t->kvm };
        if (t->run != MAP_FAILED && t->run)
                munmap(t->run, t->run_size);
        if (t->page != MAP_FAILED && t->page)
                munmap(t->page, PAGE);
        for (size_t i = 0; i < ARRAY_LEN(fds); i++)
                if (fds[i] >= 0)
                        close(fds[i]);
}

int tiny_vm_run(bool el1_32bit, struct err *e)
{
        struct tiny t = { .kvm = -1, .vm = -1, .cpu = -1 };
        int status = make(&t, e);
#ifdef __x86_64__
        if (status == 0)
                memcpy(t.page, code, sizeof code);
#endif
        if (status == 0)
                status = set_up_cpu(&t, el1_32bit, e);
        if (status == 0 && ioctl(t.cpu, KVM_RUN, 0) < 0)
                status = refused(e, "run a guest");
        else if (status == 0 && t.run->exit_reason != WANTED_EXIT)
                status = err_set(e, 1, "KVM ran a guest's one instruction and came back for reason %u instead of %d", t.run->exit_reason,
                        WANTED_EXIT);
        unmake(&t);
        return status;
}
