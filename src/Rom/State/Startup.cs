using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Rom.Emulate;
using Tierce.Rom.Xen;

namespace Tierce.Rom.State;

/// <summary>
/// Sets up the ROM's state and the guest's shared information, the first time that C# runs: at the guest's first hypercall,
/// privileged instruction or event. Assembly's own paths depend on tables that only a hypercall can fill.
/// </summary>
internal static unsafe class Startup
{
    /// <summary>Does nothing but once. Enters the kernel: no.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Ensure()
    {
        if (Machine.State->Ready == 0)
        {
            Run();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Run()
    {
        RomState* state = Machine.State;
        RomInfo* info = Machine.Info;
        state->SharedInfo = (SharedInfo*)Machine.Window(info->SharedInfoFrame << 12);
        state->Input.Driver = info->InputFrame == 0 ? null : (ByteRingHeader*)Machine.Window(info->InputFrame << 12);
        state->Input.Guest = Machine.Window(info->ConsoleFrame << 12);
        state->VcpuInfo = &Events.Shared->VcpuInfo;
        state->VcpuInfo->UpcallMask = 1;
        Clock.Fill(&state->VcpuInfo->Time);
        state->KernelRoot = info->InitialRootFrame;
        state->Cr0 = ControlRegisters.InitialCr0;
        state->Cr4 = ControlRegisters.InitialCr4();
        state->Xcr0 = 1;
        state->Debug[6] = DebugRegister.InitialStatus;
        state->Debug[7] = DebugRegister.InitialControl;
        Events.BindMonitor((uint)info->StorePort);
        Events.BindMonitor((uint)info->ConsolePort);

        // Last: should VMINT come before, it does all of this itself, and doing it again changes nothing.
        state->Ready = 1;
    }
}
