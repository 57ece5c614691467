using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.UserState;

namespace Tierce.Unit;

/// <summary>What of a guest's registers reaches the processor when guest kernel mode goes on.</summary>
public sealed unsafe class ResumeStateTests
{
    [Theory]
    [InlineData(0x7fff_ffff_ffff, 0x7fff_ffff_ffff)]
    [InlineData(0x8000_0000_0000, 0xffff_8000_0000_0000)]
    [InlineData(0x1234_0000_0000_1000, 0x1000)]
    [InlineData(ulong.MaxValue, ulong.MaxValue)]
    public void Guest_kernel_goes_on_in_flat_code_at_a_canonical_address(ulong address, ulong loaded)
    {
        RegisterFrame frame = Loaded(address, ulong.MaxValue);
        Assert.Equal((loaded, (ulong)Thread.UserCode, (ulong)Thread.UserData), (frame.Rip, frame.Cs, frame.Ss));
    }

    /// <summary>IF is set whatever the guest wrote; IOPL, VM, VIF and VIP are not.</summary>
    [Fact]
    public void Flags_are_those_that_ring_3_may_choose()
    {
        Assert.Equal(0x25_4fd7UL, Loaded(0, ulong.MaxValue).Rflags);
        Assert.Equal(0x202UL, Loaded(0, 0).Rflags);
    }

    private static RegisterFrame Loaded(ulong address, ulong flags)
    {
        VCpuPage page = default;
        page.Usr.Rip = address;
        page.Usr.Cs = 8;
        page.Usr.Ss = 0x10;
        page.Usr.Rflags = flags;
        RegisterFrame frame = default;
        ResumeState.Load(&frame, &page);
        ResumeState.ToGuestKernel(&frame);
        return frame;
    }
}
