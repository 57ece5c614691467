namespace Tierce.Kernel.Scheduling;

/// <summary>Stands for a thread, which the cache never touches.</summary>
public unsafe struct Thread
{
    public Thread* NextInGuest;
}
