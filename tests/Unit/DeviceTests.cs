using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Unit;

public sealed unsafe class DeviceTests : IDisposable
{
    private const ulong All = (ulong)CapRights.All;
    private const ulong Line4 = RootInfo.FirstInterruptSlot + 4;
    private readonly Board board = new();

    public void Dispose() => board.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_interrupt_becomes_a_signal(bool level)
    {
        board.Ok(KernelCall.NotificationCreate, 100);
        board.Ok(KernelCall.InterruptBind, Line4, 100, 16, level ? 1UL : 0UL);
        Assert.False(Machine.Masked[4]);
        InterruptLine.Raise(board.Cpu, 4);
        Assert.Equal(level, Machine.Masked[4]);
        board.Ok(KernelCall.NotificationWait, 100, 1);
        Assert.Equal(16UL, board.Root->Frame.Rsi);

        // An edge that finds the last one not taken masks.
        InterruptLine.Raise(board.Cpu, 4);
        InterruptLine.Raise(board.Cpu, 4);
        Assert.True(Machine.Masked[4]);
        board.Ok(KernelCall.NotificationWait, 100, 1);
        Assert.Equal(level, Machine.Masked[4]);
        board.Ok(KernelCall.InterruptAcknowledge, Line4);
        Assert.False(Machine.Masked[4]);
        Assert.Equal(Status.BadState, board.Call(KernelCall.InterruptBind, Line4, 100, 1));
    }

    [Fact]
    public void Revocation_masks()
    {
        Domain* domain = board.CreateDomain(200, 0);
        Thread* driver = board.CreateThread(201, 110);
        board.Ok(KernelCall.CapDelegate, Line4, 201, 5, All);
        Assert.Equal(Status.Ok, board.Call(driver, KernelCall.NotificationCreate, 6));
        Assert.Equal(Status.Ok, board.Call(driver, KernelCall.InterruptBind, 5, 6, 1, 1));
        board.Finish(KernelCall.CapRevoke, Line4);
        Assert.True(Machine.Masked[4]);
        InterruptLine.Raise(board.Cpu, 4);
        Assert.Equal(0UL, ((Notification*)domain->Capabilities.Find(6)->Object)->Bits);
        Assert.Equal(Status.BadCapability, board.Call(driver, KernelCall.InterruptAcknowledge, 5));
        board.Ok(KernelCall.NotificationCreate, 100);
        board.Ok(KernelCall.InterruptBind, Line4, 100, 1);
    }

    [Fact]
    public void A_driver_that_dies_leaves_its_line_masked_and_free()
    {
        board.CreateDomain(200, 0);
        Thread* driver = board.CreateThread(201, 110);
        board.Ok(KernelCall.CapDelegate, Line4, 201, 5, All);
        Assert.Equal(Status.Ok, board.Call(driver, KernelCall.NotificationCreate, 6));
        Assert.Equal(Status.Ok, board.Call(driver, KernelCall.InterruptBind, 5, 6, 1, 1));
        board.Finish(KernelCall.CapRevoke, 200);
        InterruptLine.Raise(board.Cpu, 4);
        Assert.True(Machine.Masked[4]);
        board.Ok(KernelCall.NotificationCreate, 100);
        board.Ok(KernelCall.InterruptBind, Line4, 100, 1);
    }

    [Fact]
    public void Ports_follow_the_domain_and_the_capability()
    {
        board.CreateDomain(200, 0);
        Thread* driver = board.CreateThread(201, 110);
        board.Ok(KernelCall.PortDerive, RootInfo.PortsSlot, 0x3f8, 8, 100);
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.PortDerive, 100, 0x3f0, 9, 101));
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.PortDerive, 100, 0x3ff, 2, 101));
        board.Ok(KernelCall.PortEnable, 100, 201);
        Assert.False(Machine.MayUse(0x3f8));
        ContextSwitch.To(board.Cpu, driver);
        Assert.True(Machine.MayUse(0x3f8) && Machine.MayUse(0x3ff) && !Machine.MayUse(0x400));
        ContextSwitch.To(board.Cpu, board.Root);
        Assert.False(Machine.MayUse(0x3f8));
        board.Finish(KernelCall.CapRevoke, RootInfo.PortsSlot);
        ContextSwitch.To(board.Cpu, driver);
        Assert.False(Machine.MayUse(0x3f8));
    }

    [Fact]
    public void Ports_go_at_once_from_the_running_domain_but_not_what_another_grant_covers()
    {
        board.Ok(KernelCall.PortDerive, RootInfo.PortsSlot, 0x100, 16, 100);
        board.Ok(KernelCall.PortDerive, RootInfo.PortsSlot, 0x108, 16, 101);
        board.Ok(KernelCall.PortEnable, 100);
        board.Ok(KernelCall.PortEnable, 101);
        Assert.True(Machine.MayUse(0x100) && Machine.MayUse(0x117));
        board.Finish(KernelCall.CapRevoke, 101);
        Assert.True(Machine.MayUse(0x100) && Machine.MayUse(0x10f) && !Machine.MayUse(0x110));
    }

    [Fact]
    public void Log_is_cleaned()
    {
        Machine.LogText.Clear();
        board.Ok(KernelCall.Log, RootInfo.LogSlot, 0x0a1b_6968, 0x61);
        Assert.Equal("hi?\n", Machine.LogText.ToString());
    }

    [Fact]
    public void Lines_whose_parts_alternate_stay_whole()
    {
        Machine.LogText.Clear();
        LogLine guest = default, other = default;
        Add(&guest, "lie foreign-frames: attempts 2533, ");
        Add(&other, "rom: no operation");
        Add(&guest, "answers 13\n");
        KernelLog.Text("tierce: ready\n"u8);
        LogLine.Flush(&other);
        LogLine.Flush(&other);
        Assert.Equal("lie foreign-frames: attempts 2533, answers 13\ntierce: ready\nrom: no operation", Machine.LogText.ToString());
        Add(&other, "\n");
    }

    [Fact]
    public void A_line_that_is_too_long_is_continued()
    {
        Machine.LogText.Clear();
        LogLine line = default;
        string text = new('x', LogLine.Size + 1);
        Add(&line, text);
        Assert.Equal(LogLine.Size, Machine.LogText.Length);
        Add(&line, "\n");
        Assert.Equal(text + "\n", Machine.LogText.ToString());
    }

    private static void Add(LogLine* line, string text)
    {
        foreach (char character in text)
        {
            LogLine.Add(line, (byte)character);
        }
    }

    [Fact]
    public void A_line_that_is_not_ended_is_ended_before_another_writes()
    {
        Machine.LogText.Clear();
        KernelLog.Byte((void*)1, (byte)'a');
        board.Ok(KernelCall.Log, RootInfo.LogSlot, 0x0a62);
        KernelLog.Byte((void*)1, (byte)'c');
        KernelLog.Byte((void*)1, (byte)'d');
        KernelLog.Text("e\n"u8);
        KernelLog.Byte((void*)2, (byte)'f');
        KernelLog.Byte((void*)2, (byte)'\n');
        Assert.Equal("a\nb\ncd\ne\nf\n", Machine.LogText.ToString());
    }

    [Fact]
    public void Power()
    {
        Assert.Equal(Status.BadArgument, board.Call(KernelCall.MachineControl, RootInfo.MachineSlot, 2));
        board.Ok(KernelCall.MachineControl, RootInfo.MachineSlot, 1);
        Assert.Equal("restart", Machine.Power);
    }
}
