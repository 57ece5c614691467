using Tierce.Abi;

namespace Tierce.Guests;

/// <summary>Tells the console's other end that the ring has changed.</summary>
internal static class Bell
{
    /// <summary>Tells it.</summary>
    public static void Ring() => Native.Rom.Call(NativeCall.Console);
}
