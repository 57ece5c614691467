using Tierce.Abi;

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
    public void Words_of_calls_and_neutral_names_lie_over_their_registers()
    {
        RegisterFrame frame = new() { Rax = 1, Rdi = 2, Rsi = 3, Rdx = 4, R10 = 5, R8 = 6, R9 = 7, Rbp = 8, Rip = 9, Rsp = 10 };
        byte* start = (byte*)&frame;
        int[] places = [CallFrame.Number, CallFrame.Argument0, CallFrame.Argument1, CallFrame.Argument2, CallFrame.Argument3, CallFrame.Argument4, CallFrame.Argument5];
        Assert.Equal([1, 2, 3, 4, 5, 6, 7], places.Select(place => *(ulong*)(start + place)));
        int end = places.Max() + sizeof(ulong);
        Assert.Equal(CallFrame.Size, end);
        Context* context = (Context*)start;
        Assert.Equal(
            [1, 1, 2, 8, 9, 10],
            new[] { context->Number, context->Status, context->FirstArgument, context->FramePointer, context->InstructionPointer, context->StackPointer });
        Assert.Equal(sizeof(RegisterFrame), sizeof(Context));
        Thread thread = default;
        Assert.True(&(&thread)->Frame == (RegisterFrame*)&(&thread)->Context);
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
        Assert.Equal((ulong)start, (ulong)ThreadLife.Of(&at->Object));
        PerCpu cpu = default;
        PerCpu* cpuAt = &cpu;
        Assert.True((byte*)(&cpuAt->Timers + 1) <= (byte*)&cpuAt->SliceTimer);
        Assert.True((byte*)(&cpuAt->SliceTimer + 1) <= (byte*)&cpuAt->Calls);
        Assert.True((byte*)(&cpuAt->Counters + 1) <= (byte*)&cpuAt->PredictionOwner);
    }
}
