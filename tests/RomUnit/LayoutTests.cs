using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Tests;

/// <summary>What the image tool wrote for assembly is where .NET itself puts the fields.</summary>
public unsafe class LayoutTests
{
    [Fact]
    public void VirtualCpuPage()
    {
        VCpuPage page;
        ulong start = (ulong)&page;
        RegisterFrame* f = &page.Usr;
        var expected = new Dictionary<string, ulong>
        {
            ["VCPU_RAX"] = (ulong)&f->Rax - start,
            ["VCPU_RBX"] = (ulong)&f->Rbx - start,
            ["VCPU_RCX"] = (ulong)&f->Rcx - start,
            ["VCPU_RDX"] = (ulong)&f->Rdx - start,
            ["VCPU_RSI"] = (ulong)&f->Rsi - start,
            ["VCPU_RDI"] = (ulong)&f->Rdi - start,
            ["VCPU_RBP"] = (ulong)&f->Rbp - start,
            ["VCPU_R8"] = (ulong)&f->R8 - start,
            ["VCPU_R9"] = (ulong)&f->R9 - start,
            ["VCPU_R10"] = (ulong)&f->R10 - start,
            ["VCPU_R11"] = (ulong)&f->R11 - start,
            ["VCPU_R12"] = (ulong)&f->R12 - start,
            ["VCPU_R13"] = (ulong)&f->R13 - start,
            ["VCPU_R14"] = (ulong)&f->R14 - start,
            ["VCPU_R15"] = (ulong)&f->R15 - start,
            ["VCPU_RIP"] = (ulong)&f->Rip - start,
            ["VCPU_CS"] = (ulong)&f->Cs - start,
            ["VCPU_RFLAGS"] = (ulong)&f->Rflags - start,
            ["VCPU_RSP"] = (ulong)&f->Rsp - start,
            ["VCPU_SS"] = (ulong)&f->Ss - start,
            ["VCPU_VECTOR"] = (ulong)&page.Vector - start,
            ["VCPU_ERROR_CODE"] = (ulong)&page.ErrorCode - start,
            ["VCPU_FAULT_ADDRESS"] = (ulong)&page.FaultAddress - start,
            ["VCPU_USER_MODE"] = (ulong)&page.UserMode - start,
            ["VCPU_IN_VMINT"] = (ulong)&page.InVmint - start,
            ["VCPU_PENDING"] = (ulong)&page.Pending - start,
            ["VCPU_ENTRY_RIP"] = (ulong)&page.Entry.Rip - start,
            ["VCPU_ENTRY_CS"] = (ulong)&page.Entry.Cs - start,
            ["VCPU_ENTRY_RFLAGS"] = (ulong)&page.Entry.Rflags - start,
            ["VCPU_ENTRY_RSP"] = (ulong)&page.Entry.Rsp - start,
            ["VCPU_ENTRY_SS"] = (ulong)&page.Entry.Ss - start,
            ["VCPU_ENTRY_USER_MODE"] = (ulong)&page.EntryUserMode - start,
            ["VMCALL_RETURN_TO_USER"] = (ulong)VmCall.ReturnToUser,
            ["VMCALL_RCV"] = (ulong)VmCall.Rcv,
            ["VMCALL_BLOCK"] = (ulong)VmCall.Block,
            ["VMCALL_LOAD_ROOT"] = (ulong)VmCall.LoadRoot,
            ["VMCALL_FLUSH"] = (ulong)VmCall.Flush,
            ["VMCALL_INVALIDATE"] = (ulong)VmCall.Invalidate,
            ["VMCALL_LOG"] = (ulong)VmCall.Log,
            ["VMCALL_CRASH"] = (ulong)VmCall.Crash,
            ["VMCALL_SET_SEGMENT_BASE"] = (ulong)VmCall.SetSegmentBase,
            ["VMCALL_READ_USER_GS_BASE"] = (ulong)VmCall.ReadUserGsBase,
        };
        Compare(expected, ReadLayout());
    }

    [Fact]
    public void RomState()
    {
        RomState state;
        ulong start = (ulong)&state;
        ulong bounce = (ulong)&state.Bounce - start;
        var expected = new Dictionary<string, ulong>
        {
            ["ROM_KERNEL_SP"] = (ulong)&state.KernelSp - start,
            ["ROM_VCPU_INFO"] = (ulong)&state.VcpuInfo - start,
            ["ROM_EVENT_CALLBACK"] = (ulong)&state.EventCallback - start,
            ["ROM_FAILSAFE_CALLBACK"] = (ulong)&state.FailsafeCallback - start,
            ["ROM_SYSCALL_CALLBACK"] = (ulong)&state.SyscallCallback - start,
            ["ROM_SYSCALL_MASKS"] = (ulong)&state.SyscallMasks - start,
            ["ROM_EXIT_RIP"] = (ulong)&state.ExitRip - start,
            ["ROM_EXIT_RFLAGS"] = (ulong)&state.ExitRflags - start,
            ["ROM_EXIT_RSP"] = (ulong)&state.ExitRsp - start,
            ["ROM_SAVED_RCX"] = (ulong)&state.SavedRcx - start,
            ["ROM_SAVED_R11"] = (ulong)&state.SavedR11 - start,
            ["ROM_NESTED_RAX"] = (ulong)&state.NestedRax - start,
            ["ROM_NESTED_RCX"] = (ulong)&state.NestedRcx - start,
            ["ROM_NESTED_R11"] = (ulong)&state.NestedR11 - start,
            ["ROM_NESTED_TARGET"] = (ulong)&state.NestedTarget - start,
            ["ROM_IRET_RSP"] = (ulong)&state.IretRsp - start,
            ["ROM_KERNEL_ROOT"] = (ulong)&state.KernelRoot - start,
            ["ROM_USER_ROOT"] = (ulong)&state.UserRoot - start,
            ["ROM_NEXT_NOTE"] = (ulong)&state.NextNote - start,
            ["ROM_NEXT_WINDOW"] = (ulong)&state.NextWindow - start,
            ["ROM_CALLS_MADE"] = (ulong)state.CallsMade - start,
            ["ROM_CALLS_ENTERED"] = (ulong)state.CallsEntered - start,
            ["ROM_USER_GS_BASE"] = (ulong)&state.UserGsBase - start,
            ["ROM_USER_GS_RETURNS"] = (ulong)&state.UserGsReturns - start,
            ["ROM_DEBUG_STATUS"] = (ulong)&state.DebugStatus - start,
            ["ROM_FRAME"] = (ulong)&state.Frame - start,
            ["ROM_BOUNCE_RAX"] = bounce,
            ["ROM_BOUNCE_R11"] = bounce + 8,
            ["ROM_BOUNCE_RCX"] = bounce + 16,
            ["ROM_BOUNCE_RIP"] = bounce + 24,
            ["ROM_BOUNCE_CS"] = bounce + 32,
            ["ROM_BOUNCE_RFLAGS"] = bounce + 40,
            ["ROM_BOUNCE_RSP"] = bounce + 48,
            ["ROM_BOUNCE_SS"] = bounce + 56,
            ["ROM_USER_FRAME"] = (ulong)&state.UserFrame - start,
            ["ROM_USER_FLAGS"] = (ulong)&state.UserFlags - start,
            ["ROM_SHOWN_LEVEL"] = (ulong)&state.ShownLevel - start,
            ["ROM_REAL_EVENT"] = (ulong)&state.RealEvent - start,
            ["ROM_REAL_SYSCALL"] = (ulong)&state.RealSyscall - start,
            ["ROM_REAL_PAGE_FAULT"] = (ulong)&state.RealPageFault - start,
            ["ROM_TRAPS"] = (ulong)&state.Traps - start,
            ["ROM_SIZE"] = (ulong)sizeof(RomState),
        };
        Compare(expected, ReadLayout());
    }

    [Fact]
    public void StateHasRoomForItsTables()
    {
        RomState state;
        Assert.True((ulong)&state.Ports >= (ulong)&state.Traps + (TrapEntry.Count * (ulong)sizeof(TrapEntry)));
        Assert.True((ulong)&state.GrantMappings >= (ulong)&state.Ports + (EventPort.Count * (ulong)sizeof(EventPort)));
        Assert.True((ulong)&state.GrantMappings + (GrantMapping.Count * (ulong)sizeof(GrantMapping)) <= (ulong)&state + (ulong)sizeof(RomState));

        // The way back to guest user pops its frame, and calls with the frame as its stack: a word below it is free.
        Assert.Equal(72, sizeof(IretFrame));
        Assert.True((ulong)&state.UserFrame >= (ulong)state.CallsEntered + (64 * sizeof(ulong)) + sizeof(ulong));
        Assert.Equal(64, sizeof(VcpuInfo));
        Assert.Equal(32, sizeof(TimeInfo));
    }

    private static void Compare(Dictionary<string, ulong> expected, Dictionary<string, ulong> written)
    {
        Assert.Equal(
            expected.OrderBy(p => p.Key, System.StringComparer.Ordinal),
            written.Where(p => expected.ContainsKey(p.Key)).OrderBy(p => p.Key, System.StringComparer.Ordinal));
    }

    private static Dictionary<string, ulong> ReadLayout()
    {
        string root = typeof(LayoutTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;
        return File.ReadAllLines(Path.Combine(root, "artifacts/obj/Rom/release/image/layout.inc"))
            .Where(line => line.StartsWith(".set ", System.StringComparison.Ordinal))
            .Select(line => line[5..].Split(','))
            .ToDictionary(parts => parts[0], parts => Number(parts[1].Trim()));
    }

    private static ulong Number(string text) => text.StartsWith("0x", System.StringComparison.Ordinal)
        ? ulong.Parse(text[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : ulong.Parse(text, CultureInfo.InvariantCulture);
}
