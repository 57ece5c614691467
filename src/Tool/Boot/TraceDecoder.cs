using System.Globalization;
using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.Tool.Boot;

/// <summary>The kernel's events in words.</summary>
internal static class TraceDecoder
{
    private const ulong VirtualCpu = 0x100;

    /// <summary>One line for one event.</summary>
    /// <param name="entry">The event.</param>
    /// <param name="microseconds">When it was, since the first.</param>
    public static string Line(in TraceEntry entry, double microseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{microseconds,14:0.000} {Words(entry)}");

    /// <summary>Reads the ring's header out of the machine's memory.</summary>
    public static TraceHeader Header(ReadOnlySpan<byte> bytes)
    {
        TraceHeader header = MemoryMarshal.Read<TraceHeader>(bytes);
        return header.Magic == TraceHeader.ExpectedMagic && header.TscHertz != 0
            ? header
            : throw new ToolException("--trace: there is no trace ring where the kernel's log says");
    }

    private static string Words(in TraceEntry entry)
    {
        ulong first = entry.First, second = entry.Second;
        return (TraceKind)entry.Kind switch
        {
            TraceKind.Switch => $"switch to {((second & VirtualCpu) != 0 ? "virtual CPU" : "thread")} {first:x} priority {second & 0xff}",
            TraceKind.Call => $"call {Name<KernelCall>(first & 0xff)} rdi {second:x}",
            TraceKind.VirtualCall => $"vm-call {Name<VmCall>(first)} rdi {second:x}",
            TraceKind.HiddenFault => $"hidden-fault address {first:x} rip {second:x}",
            TraceKind.GuestFault => $"guest-fault vector {first & 0xff} error {first >> 8:x} rip {second:x}",
            TraceKind.DomainFault => $"domain-fault vector {first & 0xff} error {first >> 8:x} rip {second:x}",
            TraceKind.Event => $"event pending {first:x} rip {second:x}",
            TraceKind.Interrupt => $"interrupt vector {first:x}",
            _ => $"event of kind {entry.Kind}: {first:x} {second:x}",
        };
    }

    private static string Name<T>(ulong number)
        where T : struct, Enum => Enum.GetName(typeof(T), (int)number) ?? number.ToString(CultureInfo.InvariantCulture);
}
