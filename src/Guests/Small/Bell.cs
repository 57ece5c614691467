namespace Tierce.Guests;

/// <summary>Tells the console's other end that the ring has changed: here by its event channel.</summary>
internal static class Bell
{
    /// <summary>The console's event channel.</summary>
    public static uint Port;

    /// <summary>Tells it.</summary>
    public static void Ring() => Small.Xen.Notify(Port);
}
