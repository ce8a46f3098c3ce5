import { Injectable } from '@nestjs/common';

@Injectable()
export class Upstream {
  async events(token: string): Promise<object> {
    const response = await fetch(`${process.env.GOOGLE_API}/calendar/v3/calendars/primary/events`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return { status: response.status };
  }
}
