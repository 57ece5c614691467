namespace Tierce.Runtime;

/// <summary>The way of console input to a guest.</summary>
public enum InterruptWay : ulong
{
    /// <summary>Directly: the monitor has bound the driver's signal to the guest.</summary>
    Bound = 0,

    /// <summary>Through the monitor.</summary>
    Monitor = 1,

    /// <summary>By turns: the monitor removes the binding and makes it again, thousands of times per second, for tests.</summary>
    Alternate = 2,
}

/// <summary>Names of the ways, as the manifest's key <c>interrupts</c> has them.</summary>
public static class InterruptWays
{
    /// <summary>The way of a name; false if there is none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> name, out InterruptWay way)
    {
        way = name.SequenceEqual("monitor"u8) ? InterruptWay.Monitor : name.SequenceEqual("alternate"u8) ? InterruptWay.Alternate : InterruptWay.Bound;
        return way != InterruptWay.Bound || name.SequenceEqual("bound"u8);
    }
}
