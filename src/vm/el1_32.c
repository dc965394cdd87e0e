#include "vm/el1_32.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/util.h"

static const struct {
        const char *name;
        enum el1_32 is;
} models[] = {
#define MODEL(name, is) { name, EL1_32_##is },
#include "vm/el1_32.def"
#undef MODEL
};

/* The kernel's word. */
static enum el1_32 ask_kvm(void)
{
        AUTO_CLOSE int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
        int has = kvm < 0 ? -1 : ioctl(kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_EL1_32BIT);
        return has < 0 ? EL1_32_UNKNOWN : has ? EL1_32_HAS : EL1_32_LACKS;
}

static enum el1_32 look_up(const struct vm_host *host)
{
        AUTO_FREE char *model = xml_text(xmlDocGetRootElement(host->caps), "/capabilities/host/cpu/model");
        for (size_t i = 0; model && i < ARRAY_LEN(models); i++)
                if (!strcmp(models[i].name, model))
                        return models[i].is;
        return EL1_32_UNKNOWN;
}

enum el1_32 el1_32_of_host(const struct vm_host *host, const char **why)
{
        if (strcmp(host->arch, "aarch64")) { /* a 32-bit processor has nothing else */
                *why = "the host itself is a 32-bit one";
                return EL1_32_HAS;
        }
        enum el1_32 is = host->here ? ask_kvm() : EL1_32_UNKNOWN;
        *why = is == EL1_32_HAS ? "its KVM says that the processor has AArch32 at EL1"
                                : "its KVM says that the processor has no AArch32 at EL1";
        if (is != EL1_32_UNKNOWN)
                return is;
        is = look_up(host);
        *why = is == EL1_32_HAS     ? "processors of its name have AArch32 at EL1"
               : is == EL1_32_LACKS ? "processors of its name have no AArch32 at EL1"
               : host->here         ? "/dev/kvm cannot be asked by this user, and the processor's name does not tell"
                                    : "libvirt does not tell it of another host; `crossarm vm doctor` there does";
        return is;
}
