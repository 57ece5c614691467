
namespace Tierce.Unit;

public sealed unsafe class LayoutTests
{
    [Fact]
    public void Objects_fit_their_pages()
    {
        Assert.Equal(4096, sizeof(Thread));
        Assert.Equal(Capability.Size, sizeof(Capability));
        Assert.Equal(0, 4096 % sizeof(Capability));
        Assert.True(sizeof(Domain) <= 4096);
        Assert.True(sizeof(Endpoint) <= 4096);
        Assert.True(sizeof(Notification) <= 4096);
        Assert.True(sizeof(InterruptLine) * InterruptLine.Count <= (int)InterruptLine.TablePages * 4096);
    }

    [Fact]
    public void Fields_do_not_overlap()
    {
        Thread thread = default;
        Thread* at = &thread;
        byte* start = (byte*)at;
        Assert.Equal(160, (byte*)&at->Object - start);
        Assert.True((byte*)(&at->Object + 1) <= (byte*)&at->VCpu);
        Assert.True((byte*)(&at->Timer + 1) <= (byte*)&at->MonitorLink);
        Assert.True((byte*)(&at->MonitorLink + 1) - start <= Thread.FpuOffset);
        Assert.Equal((ulong)start, (ulong)Thread.Of(&at->Object));
        PerCpu cpu = default;
        PerCpu* cpuAt = &cpu;
        Assert.True((byte*)(&cpuAt->Timers + 1) <= (byte*)&cpuAt->SliceTimer);
        Assert.True((byte*)(&cpuAt->SliceTimer + 1) <= (byte*)&cpuAt->Calls);
        Assert.True((byte*)(&cpuAt->Counters + 1) <= (byte*)&cpuAt->PredictionOwner);
    }
}
